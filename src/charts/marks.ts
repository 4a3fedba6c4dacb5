import { markupText } from '../markup.ts'
import type { Palette } from './palettes.ts'

/** The room for a drawing. */
export interface Sheet {
  readonly palette: Palette
  readonly width: number
}

/** SVG elements, and the height that they take. */
export interface Drawing {
  readonly marks: readonly string[]
  readonly height: number
}

export const fontSize = 12

interface TextPlace {
  readonly x: number
  /** Of the base line. */
  readonly y: number
  readonly fill: string
  readonly anchor?: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly bold?: boolean
}

export function text(words: string, { x, y, fill, anchor, size, bold }: TextPlace): string {
  const more = [
    anchor === undefined || anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
    size === undefined ? '' : ` font-size="${size}"`,
    bold ? ' font-weight="600"' : '',
  ].join('')
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}"${more}>${markupText(words)}</text>`
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly fill: string
}

export function box({ x, y, width, height, fill }: Box): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`
}

/** Nothing measures texts here, so this is a little more than most take. */
export function widthOf(words: string): number {
  return words.length * fontSize * 0.58
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}

/** A figure for people. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 })
}
