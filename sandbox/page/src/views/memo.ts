import { Component, type ComponentType, createElement } from 'preact'

/** Draws a component again only when one of its props changed. */
export function memo<P extends object>(Inner: ComponentType<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P) {
      const before = this.props as Record<string, unknown>
      const after = next as Record<string, unknown>
      return Object.keys({ ...before, ...after }).some((key) => before[key] !== after[key])
    }
    override render() {
      return createElement(Inner, this.props as P)
    }
  }
}
