import { setTimeout as pause } from 'node:timers/promises'
import { startGitHubTarget } from '../../fixtures/targets/github.ts'
import { type AwsGround, makeAwsGround } from '../contract/aws-world.ts'
import { actionResource, type Elsewhere } from './_elsewhere.ts'

/** Looks again and again whether something that the target goes on with may end. */
function endLater(end: (isKilled: boolean) => void) {
  let [isKilled, isOver] = [false, false]
  const ending = (async () => {
    while (!isOver) {
      end(isKilled)
      await pause(100)
    }
  })()
  return {
    afterKill: () => {
      isKilled = true
    },
    stop: async () => {
      isOver = true
      await ending
    },
  }
}

/** A workflow goes on without the process that dispatched it. It ends at once where its input does not say otherwise. */
export async function atGitHub(): Promise<Elsewhere> {
  const target = await startGitHubTarget()
  target.app.permissions = { ...target.app.permissions, actions: 'write' }
  const orders = target.addRepository('orders')
  orders.workflows.push({
    id: 7,
    file: 'write.yml',
    state: 'active',
    refs: ['main'],
    inputs: ['entry', 'when', 'daypass'],
    runName: `Write $\{{ inputs.daypass }}`,
  })
  const { afterKill, stop } = endLater((isKilled) => {
    for (const run of orders.workflowRuns)
      if (isKilled || run.inputs.when === 'at once')
        Object.assign(run, { status: 'completed', conclusion: 'success' })
  })
  const connector = {
    kind: 'github',
    organization: 'acme',
    appId: target.app.id,
    privateKey: target.privateKey,
    apiUrl: `http://127.0.0.1:${target.port}`,
  }
  return {
    offer: (step) =>
      actionResource(connector, {
        repository: 'orders',
        workflow: 'write.yml',
        ref: 'main',
        inputs: { when: step === 'the statement under way' ? 'later' : 'at once' },
        correlation: 'daypass',
      }),
    times: async (entry) => orders.workflowRuns.filter(({ inputs }) => inputs.entry === entry).length,
    afterKill,
    close: async () => {
      await stop()
      await target.close()
    },
  }
}

const instance = 'i-0a1b2c3d4e5f60718'

/** Both kinds of actions have one AWS: its keys are those of the process. */
let aws: { readonly ground: Promise<AwsGround>; users: number } | null = null

async function useAws(): Promise<{ readonly ground: AwsGround; leave(): Promise<void> }> {
  aws ??= {
    ground: makeAwsGround({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }),
    users: 0,
  }
  const mine = aws
  mine.users += 1
  const ground = await mine.ground
  return {
    ground,
    leave: async () => {
      mine.users -= 1
      if (mine.users > 0) return
      aws = null
      await ground.close()
    },
  }
}

const connectorOf = ({ atProxy }: AwsGround) => ({ kind: 'aws', ...atProxy, preparedRoles: {} })

/** A command goes on without the process that sent it. */
export async function bySystemsManager(): Promise<Elsewhere> {
  const { ground, leave } = await useAws()
  const { runCommand } = ground.target
  runCommand.addDocument('write', ['entry', 'when'])
  runCommand.instances.set(instance, { isOnline: true, tags: {} })
  Object.assign(runCommand, { begins: { status: 'InProgress', details: 'InProgress', output: '' } })
  const { afterKill, stop } = endLater((isKilled) => {
    for (const { parameters, invocations } of runCommand.sent)
      if (isKilled || parameters.when?.[0] === 'soon')
        for (const one of invocations.values()) Object.assign(one, { status: 'Success', details: 'Success' })
  })
  return {
    offer: (step) =>
      actionResource(connectorOf(ground), {
        command: {
          document: 'write',
          version: 1,
          instances: [instance],
          parameters: { entry: [':entry'], when: [step === 'the statement under way' ? 'later' : 'soon'] },
        },
      }),
    times: async (entry) =>
      runCommand.sent.filter(({ parameters }) => parameters.entry?.[0] === entry).length,
    afterKill,
    close: async () => {
      await stop()
      await leave()
    },
  }
}

/** A function goes on without the process that called it, and nobody can ask for its answer any more. */
export async function byLambda(): Promise<Elsewhere> {
  const { ground, leave } = await useAws()
  const { functions } = ground.target
  let isKilled = false
  functions.add('write', { live: '1' }, { seconds: 60 })
  functions.behave('write', async ({ payload }) => {
    while (!isKilled && (payload as { when: string }).when === 'later') await pause(100)
    return { payload: null }
  })
  return {
    offer: (step) =>
      actionResource(connectorOf(ground), {
        function: {
          name: 'write',
          version: 'live',
          payload: { entry: ':entry', when: step === 'the statement under way' ? 'later' : 'at once' },
        },
      }),
    times: async (entry) =>
      functions.calls.filter(({ payload }) => (payload as { entry: string }).entry === entry).length,
    afterKill: () => {
      isKilled = true
    },
    close: leave,
  }
}
