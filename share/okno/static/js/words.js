// Words of scripts come from the catalogue through <template id="words"> of the layout.
const source = document.getElementById("words")
const known = new Map(source ? [...source.content.querySelectorAll("[data-word]")].map(e => [e.dataset.word, e.textContent]) : [])

export const language = document.documentElement.lang || "ru"

/** The catalogue's words for a key, with {name} replaced by values. */
export function word(key, values = {}) {
  return (known.get(key) ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
}

/** Words with a number in the plural form of the page's language. */
export function counted(key, n) {
  return word(`${key}.${new Intl.PluralRules(language).select(n)}`, { n })
}

export const clock = date => date.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" })

export function size(bytes) {
  const units = language === "ru" ? ["Б", "КБ", "МБ", "ГБ"] : ["B", "KB", "MB", "GB"]
  let step = 0
  while (bytes >= 1024 && step < 3) { bytes /= 1024; step += 1 }
  return `${bytes.toLocaleString(language, { maximumFractionDigits: bytes < 10 && step > 0 ? 1 : 0 })}\u00a0${units[step]}`
}
