import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { skipLoudly } from '../_redis.ts'
import { countsOf, lookAt } from './connector-activity.ts'
import { type ShopCluster, startShopCluster } from './kubernetes-cluster.ts'
import { type KubernetesWorld, makeKubernetesWorld, support } from './kubernetes-world.ts'

const configMaps = '/api/v1/namespaces/orders/configmaps'
const isMissing = skipLoudly('what holders of Kubernetes leases did', kubernetesMissing)

/** What Daypass tells of a lease, compared with the things that its holder did. */
describe.skipIf(isMissing)('what a holder did', { timeout: 60_000 }, () => {
  let cluster: ShopCluster
  let world: KubernetesWorld
  beforeAll(async () => {
    cluster = await startShopCluster({ auditLog: true })
    world = await makeKubernetesWorld(cluster)
  }, 120_000)
  afterAll(async () => {
    await world?.close()
    await cluster?.close()
  })

  it('is told by the audit log as it was done, also when the log is rotated, and without names of objects', async () => {
    const auditLog = join(cluster.folder, 'audit.log')
    const connector = world.withCatalog({ support }, { settings: { auditLog } })
    const { order, login } = await world.holder(support)
    const unused = world.access(support)
    await connector.grant(unused)
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'secret-name' } }
    expect((await cluster.callAs(login, 'POST', configMaps, body)).status).toBe(201)
    for (let time = 0; time < 3; time += 1) await cluster.callAs(login, 'GET', configMaps)
    await cluster.callAs(login, 'GET', `${configMaps}/secret-name`)
    for (const path of ['/api/v1/namespaces/payments/configmaps', '/api/v1/namespaces/orders/secrets'])
      expect((await cluster.callAs(login, 'GET', path)).status).toBe(403)
    const told = {
      'create configmaps in orders': 1,
      'list configmaps in orders': 3,
      'get configmaps in orders': 1,
    }
    await vi.waitFor(async () => {
      const [look, other] = await lookAt(connector, order, unused)
      expect(countsOf(look)).toEqual(told)
      expect(look).toMatchObject({
        unit: 'call',
        isCounted: true,
        refused: 2,
        sessions: [{ address: '127.0.0.1' }],
      })
      expect(JSON.stringify(look)).not.toContain('secret-name')
      expect(other).toMatchObject({ operations: [], sessions: [], lastUsedAt: null })
    }, 10_000)
    // As a rotation does it: the last lines come to the former file.
    const [line = ''] = (await readFile(auditLog, 'utf8'))
      .split('\n')
      .filter(
        (one) =>
          one.includes('"list"') &&
          one.includes('"ResponseComplete"') &&
          one.includes(`daypass-shop-${order.grantId.replaceAll('-', '')}`),
      )
    expect(line).not.toBe('')
    await rename(auditLog, `${auditLog}.1`)
    await appendFile(`${auditLog}.1`, `${line}\n`)
    await writeFile(auditLog, `${line}\nnot JSON daypass-shop\n${line.slice(0, 200)}`)
    const [rotated] = await lookAt(connector, order)
    expect(countsOf(rotated)).toEqual({ ...told, 'list configmaps in orders': 5 })
    await appendFile(auditLog, `${line.slice(200)}\n`)
    const [whole] = await lookAt(connector, order)
    expect(countsOf(whole)['list configmaps in orders']).toBe(6)
    await writeFile(auditLog, `${line}\n`)
    const [emptied] = await lookAt(connector, order)
    expect(countsOf(emptied)['list configmaps in orders']).toBe(7)
    for (const each of [order, unused]) await connector.revoke(each)
    await connector.close()
  })

  it('a log that cannot be read is an error that says what to do', async () => {
    const settings = { auditLog: '/nowhere/audit.log' }
    const connector = world.withCatalog({ support }, { settings })
    await expect(connector.activity?.([world.access(support)])).rejects.toThrow(/cannot be read \(ENOENT\)/)
    await connector.close()
  })

  it('without the setting there is nothing to ask', () => {
    expect(world.connector.activity).toBeUndefined()
  })
})
