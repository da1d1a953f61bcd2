// Messages on their way: kept in this browser until the server has acknowledged them, sent once (their ids are made here).
import { Refusal, pause, send } from "./net.js"

const me = document.querySelector("[data-me]")?.dataset.me ?? "somebody"
const key = `okno.outbox.${me}`
const watchers = new Set()
let running = false

export function kept() {
  try { return JSON.parse(localStorage.getItem(key)) ?? [] } catch { return [] }
}

function keep(items) {
  try { localStorage.setItem(key, JSON.stringify(items)) } catch { /* a full store: the message still lives in this page */ }
}

/** Calls back with (item, news): "waits", "sending", "sent" with the answer's text, "refused" with words. */
export function watchOutbox(callback) { watchers.add(callback) }
const tell = (item, news, detail) => watchers.forEach(callback => callback(item, news, detail))

/** item: {id, action, compose, text, kind, uploads: [{id, name}], quote, mentions, at} */
export function post(item) {
  keep([...kept(), item])
  flush()
}

export function drop(id) { keep(kept().filter(item => item.id !== id)) }

export function retry(id) {
  keep(kept().map(item => item.id === id ? { ...item, refused: undefined } : item))
  flush()
}

/** Sends what is kept, in the order of writing. Safe to call at any time; two tabs are harmless, the server knows the ids. */
export async function flush() {
  if (running) return
  running = true
  let tries = 0
  try {
    for (;;) {
      const item = kept().find(each => !each.refused)
      if (!item) return
      tell(item, "sending")
      try {
        const fields = new URLSearchParams({ id: item.id, text: item.text, kind: item.kind })
        for (const upload of item.uploads) fields.append("upload", upload.id)
        for (const person of item.mentions ?? []) fields.append("mention", person)
        if (item.quote) fields.set("quote", item.quote)
        const answer = await send("POST", item.action, fields)
        drop(item.id)
        tries = 0
        tell(item, "sent", await answer.text())
      } catch (error) {
        if (error instanceof Refusal && !error.passing) {
          keep(kept().map(each => each.id === item.id ? { ...each, refused: error.message } : each))
          tell(item, "refused", error.message)
          continue
        }
        tell(item, "waits")
        if (error.status === 401) return      // leaves after signing in, when a page opens again
        await Promise.race([pause(tries++), new Promise(done => window.addEventListener("online", done, { once: true }))])
      }
    }
  } finally {
    running = false
  }
}

window.addEventListener("online", flush)
