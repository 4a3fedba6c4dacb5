/** https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/ */
export async function kubeconfig({
  cluster,
  server,
  authority,
  token,
  user,
  namespace,
}: {
  readonly cluster: string
  readonly server: string
  readonly authority: string | null
  readonly token: string
  readonly user: string
  readonly namespace: string | null
}): Promise<string> {
  const { stringify } = await import('yaml')
  const ca =
    authority === null ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster, cluster: { server, ...ca } }],
      users: [{ name: user, user: { token } }],
      contexts: [{ name: cluster, context: { cluster, user, ...(namespace !== null && { namespace }) } }],
      'current-context': cluster,
    },
    { lineWidth: 0 },
  )
}
