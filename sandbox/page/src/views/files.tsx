import type { VisibleMessage } from '../../../types.ts'
import { Icon } from './icon.tsx'

export function Files({ files }: { files: NonNullable<VisibleMessage['files']> }) {
  return (
    <ul class="files" aria-label="Files">
      {files.map(({ id, name, title, url, size, altText = '' }) => (
        <li key={id}>
          {/[.]png$/i.test(name) && <img src={new URL(url, location.href).pathname} alt={altText} />}
          <Icon name="file" />
          <span>
            <strong>{title || name}</strong>
            <small>
              {name} · {sizeWords(size)}
            </small>
          </span>
          <a class="button" href={new URL(url, location.href).pathname} download={name}>
            Download<span class="unseen"> {name}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
