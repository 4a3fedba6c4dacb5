const signs: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text for HTML, SVG and XML, between tags or in an attribute with quotes. */
export function markupText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? '')
}
