// Drafts: kept in this browser at once and on the server soon after, so that another device goes on where this one stopped.
import { send } from "./net.js"

/** One draft. `place` is where it stands, `server` what the page came with: {text, kind, line, version}. */
export class KeptDraft {
  constructor({ me, place, server }) {
    Object.assign(this, { place, server, key: `okno.draft.${me}.${place}` })
    try { this.local = JSON.parse(localStorage.getItem(this.key)) ?? undefined } catch { this.local = undefined }
    this.version = this.local?.version ?? 0
    window.addEventListener("pagehide", () => this.push())
    window.addEventListener("online", () => this.push())
  }

  /** What to begin with, and `other`: what another device wrote meanwhile, when both have words of their own. */
  start() {
    const { local, server } = this
    if (!local?.dirty) {
      // Nothing here that the server has not seen: what it has is in force, also when that is nothing.
      if (!server.text) this.forget()
      else this.version = server.version
      return { draft: server.text ? server : undefined }
    }
    const known = (local.version ?? 0) === server.version
    this.later()
    return { draft: local, other: known || !server.text || server.text === local.text ? undefined : server }
  }

  keep(draft) {
    const was = this.local
    if (was && was.text === draft.text && was.kind === draft.kind && was.line === draft.line) return
    if (!was && !draft.text.trim() && !this.server.text) return
    this.store({ ...draft, version: this.version, dirty: true })
    this.later()
  }

  store(draft) {
    this.local = draft
    try { localStorage.setItem(this.key, JSON.stringify(draft)) } catch { /* a full store must not stop the writing */ }
  }

  /** It was sent, or given up elsewhere. */
  forget() {
    clearTimeout(this.timer)
    this.local = undefined
    this.version = 0
    localStorage.removeItem(this.key)
  }

  later() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.push(), 1500)
  }

  async push() {
    clearTimeout(this.timer)
    const draft = this.local
    if (!draft?.dirty || this.pushing) return
    this.pushing = true
    try {
      const fields = new URLSearchParams({ place: this.place, text: draft.text.trim() && draft.text, kind: draft.kind ?? "", line: draft.line ?? "" })
      const { version } = await (await send("POST", "/drafts", fields)).json()
      if (this.local === draft) {
        this.version = version
        if (version) this.store({ ...draft, version, dirty: false })
        else this.forget()
      } else if (this.local) this.later()
    } catch { /* stays here; told again with the next letter or connection */ } finally {
      this.pushing = false
    }
  }
}
