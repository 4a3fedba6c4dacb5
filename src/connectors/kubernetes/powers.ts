import type { Known, Rule } from './roles.ts'

/** A way to keep access beyond the lease, that a role opens to its holder. */
interface Power {
  /** "may read Secrets": follows the name of the role. */
  readonly text: string
  readonly verbs: readonly string[]
  readonly group: string
  readonly resources: readonly string[]
  /** Roles and bindings that were changed with it can be named at the end. */
  readonly leavesTraces?: true
}

const rbac = 'rbac.authorization.k8s.io'
const write = ['create', 'update', 'patch']

/** https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks */
const powers: readonly Power[] = [
  {
    text: 'make bindings',
    verbs: [...write, 'bind'],
    group: rbac,
    resources: ['rolebindings', 'clusterrolebindings'],
    leavesTraces: true,
  },
  {
    text: 'change roles',
    verbs: [...write, 'escalate'],
    group: rbac,
    resources: ['roles', 'clusterroles'],
    leavesTraces: true,
  },
  {
    text: 'make tokens of ServiceAccounts',
    verbs: ['create'],
    group: '',
    resources: ['serviceaccounts/token'],
  },
  { text: 'read Secrets', verbs: ['get', 'list', 'watch'], group: '', resources: ['secrets'] },
  {
    text: 'impersonate others',
    verbs: ['impersonate'],
    group: '',
    resources: ['users', 'groups', 'serviceaccounts'],
    leavesTraces: true,
  },
  { text: 'start pods', verbs: write, group: '', resources: ['pods', 'replicationcontrollers'] },
  {
    text: 'start pods',
    verbs: write,
    group: 'apps',
    resources: ['deployments', 'daemonsets', 'statefulsets', 'replicasets'],
  },
  { text: 'start pods', verbs: write, group: 'batch', resources: ['jobs', 'cronjobs'] },
  {
    text: 'enter pods',
    verbs: ['create', 'get'],
    group: '',
    resources: ['pods/exec', 'pods/attach', 'pods/portforward'],
  },
  { text: 'enter pods', verbs: ['update', 'patch'], group: '', resources: ['pods/ephemeralcontainers'] },
  { text: 'reach kubelets', verbs: ['create', 'get'], group: '', resources: ['nodes/proxy'] },
  {
    text: 'approve or sign certificates',
    verbs: ['update', 'patch', 'approve', 'sign'],
    group: 'certificates.k8s.io',
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status', 'signers'],
  },
  {
    text: 'change admission webhooks',
    verbs: write,
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
  },
]

/** How a holder of these roles could keep access beyond the lease: "read Secrets", "start pods". */
export function powersOf(known: readonly Known[]): string[] {
  return [...new Set(held(known).map(({ text }) => text))]
}

/** Whether what the holder may have changed in favour of others can be looked for. */
export function leavesTraces(known: readonly Known[]): boolean {
  return held(known).some((power) => power.leavesTraces)
}

function held(known: readonly Known[]): Power[] {
  const rules = known.flatMap((one) => one.rules)
  return powers.filter((power) => rules.some((rule) => allows(rule, power)))
}

function allows(rule: Rule, { verbs, group, resources }: Power): boolean {
  return (
    rule.verbs.some((verb) => verb === '*' || verbs.includes(verb)) &&
    rule.apiGroups.some((named) => named === '*' || named === group) &&
    rule.resources.some((resource) => resource === '*' || resources.some((one) => isSame(resource, one)))
  )
}

/** A rule may say `*\/exec`: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function isSame(named: string, resource: string): boolean {
  return named === resource || (named.startsWith('*/') && resource.endsWith(named.slice(1)))
}
