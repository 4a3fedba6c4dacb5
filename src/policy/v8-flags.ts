import { setFlagsFromString } from 'node:v8'

// Imported before Cedar, whose code is compiled when it is imported. Versions of V8 without a flag ignore it.

// V8 of Node 20 and 22 inlines calls into wasm. When it reverses that during an evaluation, it sometimes crashes
// (SIGTRAP in the deoptimizer); seen under load.
setFlagsFromString('--no-turbo-inline-js-wasm-calls')

// One thread compiles at a time. Several need 15 to 50 MB more, which the allocator does not give back.
setFlagsFromString('--wasm-num-compilation-tasks=1')
