import { expect, it } from 'vitest'
import { outputFile } from './run-output.ts'

it('a file is CSV in which a spreadsheet computes nothing', () => {
  const rows = [['=1+1', '+x', '-2.50', '-x', '@a', '\tb', 'a,"b"', '', null, '=a,b']]
  const file = outputFile({ kind: 'table', isCut: false, columns: ['=c', 'd'], rows })
  expect(file).toBe(`'=c,d\r\n'=1+1,'+x,-2.50,'-x,'@a,'\tb,"a,""b""","",,"'=a,b"\r\n`)
})
