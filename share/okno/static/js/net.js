// Requests of scripts: the CSRF token, refusals in words, an ended session.
import { word } from "./words.js"
import { say } from "./toast.js"

/** A server's "no": status, its words for the person, its key. */
export class Refusal extends Error {
  constructor(status, words, key) {
    super(words)
    this.status = status
    this.key = key
  }
  /** Whether the same request may succeed later by itself. */
  get passing() { return this.status >= 500 || this.status === 429 || this.status === 408 || this.status === 401 }
}

const token = () => document.querySelector('meta[name="csrf"]')

/** Sends a write or asks for a fragment. Throws Refusal, or TypeError when there is no connection. */
export async function send(method, address, body, headers = {}, again = true, also = {}) {
  const answer = await fetch(address, {
    ...also, method, body, credentials: "same-origin",
    headers: { "X-CSRF": token()?.content ?? "", "HX-Request": "true", ...headers },
  })
  if (answer.ok) return answer
  const refusal = await refused(answer)
  // After signing in again in another tab this page holds an old token: take a new one and try once more.
  if (again && refusal.key === "web.error.csrf" && await renewToken()) {
    body?.set?.("csrf", token().content)
    return send(method, address, body, headers, false, also)
  }
  if (refusal.status === 401) signedOut()
  throw refusal
}

async function refused(answer) {
  const text = await answer.text().catch(() => "")
  const problem = new DOMParser().parseFromString(text, "text/html").querySelector("[data-problem]")
  return new Refusal(answer.status, problem?.textContent.trim() || word("failed"), problem?.dataset.problem)
}

async function renewToken() {
  const answer = await fetch(location.href, { credentials: "same-origin" })
  if (!answer.ok || answer.redirected) return false
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('meta[name="csrf"]')?.content
  if (!fresh) return false
  token().content = fresh
  document.querySelectorAll('input[name="csrf"]').forEach(input => { input.value = fresh })
  return true
}

let told = false
/** Says once that the session has ended; drafts and unsent messages stay in this browser. */
export function signedOut() {
  if (told) return
  told = true
  const back = encodeURIComponent(location.pathname + location.search)
  say(word("signed-out"), { act: word("sign-in"), href: `/sign-in?next=${back}`, stay: true })
}

/** UUID of version 7: ids made here sort by time like those of the server. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let time = Date.now()
  for (let i = 5; i >= 0; i -= 1) { bytes[i] = time % 256; time = Math.floor(time / 256) }
  bytes[6] = bytes[6] & 0x0f | 0x70
  bytes[8] = bytes[8] & 0x3f | 0x80
  const hex = [...bytes].map(b => b.toString(16).padStart(2, "0")).join("")
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
}

/** Waits longer with each try, never in step with others. */
export const pause = tries => new Promise(done => setTimeout(done, Math.min(30_000, 1000 * 2 ** tries) * (0.5 + Math.random() / 2)))
