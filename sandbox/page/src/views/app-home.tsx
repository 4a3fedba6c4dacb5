import type { PageApp } from '../../../control/stream-types.ts'
import { Blocks } from '../blocks/block.tsx'
import { BlockContext } from '../elements/block-context.ts'
import { homes } from '../state/store.ts'
import { AppTabs } from './app-tabs.tsx'

/** The Home tab of an app. */
export function AppHome({ app, tab }: { app: PageApp; tab: 'home' | 'about' }) {
  return (
    <div class="channel">
      <header class="channel-head">
        <h2>{app.name}</h2>
        <AppTabs app={app} tab={tab} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="home" tabIndex={0} aria-label={tab === 'home' ? 'Home' : 'About'}>
        {tab === 'home' ? <Home app={app} /> : <About app={app} />}
      </section>
    </div>
  )
}

function Home({ app }: { app: PageApp }) {
  const view = homes.value[app.appId]
  if (!view) return <p class="empty">This app has published no Home for you.</p>
  return (
    <BlockContext.Provider
      value={{ holder: { kind: 'home', viewId: view.id }, values: view.values, errors: view.errors }}
    >
      <Blocks key={view.id} blocks={view.blocks} />
    </BlockContext.Provider>
  )
}

function About({ app }: { app: PageApp }) {
  return (
    <>
      <h3>What you can type</h3>
      <dl class="commands">
        {app.commands.map(({ command, description, usageHint }) => (
          <div key={command}>
            <dt>
              <code>{command}</code> <span class="hint">{usageHint}</span>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
      {app.commands.length === 0 && <p class="hint">This app has no commands.</p>}
    </>
  )
}
