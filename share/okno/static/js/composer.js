// Writing: drafts, Enter and Ctrl+Enter, files by button, paste and drag, typing, unsent messages.
import { capture, captures } from "./capture.js"
import { KeptDraft } from "./drafts.js"
import { sendTyping } from "./live.js"
import { send, uuid } from "./net.js"
import { drop, flush, kept, post, retry, watchOutbox } from "./outbox.js"
import { takeMessages, toEnd } from "./talk.js"
import { Mentions, Quick } from "./suggest.js"
import { say } from "./toast.js"
import { Uploads } from "./upload.js"
import { Voice, records } from "./voice.js"
import { clock, word } from "./words.js"

const started = new WeakSet()
const touch = matchMedia("(hover: none)").matches

export function startComposers(root) {
  for (const form of root.querySelectorAll?.("form[data-compose]") ?? []) {
    if (started.has(form)) continue
    started.add(form)
    new Composer(form)
  }
  flush()
}

class Composer {
  constructor(form) {
    this.form = form
    this.text = form.querySelector("[data-text]")
    this.place = form.dataset.compose
    this.line = form.querySelector('select[name="line"]')
    this.list = form.closest(".talk")?.querySelector("[data-append]")
    this.uploads = new Uploads({ address: form.dataset.uploads, limit: Number(form.dataset.limit), list: form.querySelector("[data-files]"), onchange: () => this.filesChanged() })
    const { draftVersion, draftKind: kind, draftLine: line } = form.dataset
    const server = { text: Number(draftVersion) ? this.text.value : "", kind, line, version: Number(draftVersion) || 0 }
    this.draft = new KeptDraft({ me: form.dataset.me, place: this.place, server })
    const quick = form.querySelector("[data-quick]"), mentions = form.querySelector("[data-mentions]")
    this.mentions = mentions && new Mentions(mentions, this.text)
    this.lists = [quick && new Quick(quick, this.text), this.mentions].filter(Boolean)
    this.restore()
    form.addEventListener("input", () => this.typed())
    form.addEventListener("change", () => this.saveDraft())
    form.addEventListener("keydown", event => this.key(event))
    form.addEventListener("submit", event => { event.preventDefault(); this.submit(event.submitter) })
    form.querySelector("[data-pick]")?.addEventListener("change", event => { this.uploads.add(event.target.files); event.target.value = "" })
    this.tools()
    this.discarding()
    this.text.addEventListener("paste", event => {
      if (!event.clipboardData?.files.length) return
      event.preventDefault()
      this.uploads.add(event.clipboardData.files)
    })
    this.acceptDrops(form.closest(".talk") ?? form)
    if (this.list) for (const item of kept()) if (item.compose === this.place) this.showPending(item, item.refused ? "refused" : "waits", item.refused)
    if (!CSS.supports("field-sizing", "content")) this.text.addEventListener("input", () => { this.text.style.height = "auto"; this.text.style.height = `${this.text.scrollHeight}px` })
    // The browser's own bubble would come before the dialog that asks for the line.
    if (this.place === "ask") { this.lineNeeded = this.line?.required; form.noValidate = true }
    this.choosing()
    form.addEventListener("okno:quote", event => this.quote(event.detail))
    form.querySelector("[data-unquote]")?.addEventListener("click", () => { this.quote(); this.text.focus() })
  }

  // Drafts

  restore() {
    const refused = !this.draft.server.text && this.text.value.trim()      // words that came back with a refusal
    const { draft, other } = this.draft.start()
    if (refused) return
    this.put(draft)
    const strip = this.form.querySelector("[data-other-draft]")
    if (!strip || !other) return
    strip.hidden = false
    strip.querySelector("button").addEventListener("click", () => { strip.hidden = true; this.put(other); this.saveDraft(); this.text.focus() })
  }

  put(draft) {
    this.text.value = draft?.text ?? ""
    this.text.setSelectionRange(this.text.value.length, this.text.value.length)
    const radio = draft?.kind && this.form.querySelector(`[name="kind"][value="${draft.kind}"][type="radio"]`)
    if (radio) radio.checked = true
    if (draft?.line && this.line) this.line.value = draft.line
  }

  // Given up by a button, and taken back for eight seconds.

  discarding() {
    const button = this.form.querySelector("[data-discard-draft]")
    if (!button) return
    const show = () => { button.hidden = !this.text.value.trim() }
    this.form.addEventListener("input", show)
    this.form.addEventListener("okno:emptied", show)
    show()
    button.addEventListener("click", () => {
      const kept = { text: this.text.value, kind: new FormData(this.form).get("kind") ?? "", line: this.line?.value ?? "" }
      const write = draft => { this.put(draft); this.saveDraft(); this.draft.push(); show(); this.text.focus() }
      write({ ...kept, text: "" })
      say(word("draft.removed"), { act: word("undo"), run: () => write(kept) })
    })
  }

  saveDraft() {
    const fields = new FormData(this.form)
    this.draft.keep({ text: this.text.value, kind: fields.get("kind") ?? "", line: fields.get("line") ?? "" })
  }

  // Answering one message

  quote(message) {
    const strip = this.form.querySelector("[data-quoting]")
    if (!strip) return
    this.quoted = message
    strip.hidden = !message
    if (!message) return
    strip.querySelector("b").textContent = message.name
    strip.querySelector(".cut").textContent = message.text
    const note = this.form.querySelector('[name="kind"][value="note"][type="radio"]')
    if (message.note && note) note.checked = true      // a note is answered among colleagues
    this.text.focus()
  }

  typed() {
    this.saveDraft()
    const now = Date.now()
    const note = new FormData(this.form).get("kind") === "note"      // a client must not learn that a note is being written
    if (this.form.dataset.topic && !note && this.text.value.trim() && now - (this.told ?? 0) > 3000) {
      this.told = now
      sendTyping(this.form.dataset.topic)
    }
  }

  key(event) {
    if (event.target === this.text && this.lists.some(list => list.key(event))) return
    if (event.key === "Escape" && this.quoted) { event.preventDefault(); return this.quote() }
    if (event.key !== "Enter" || event.isComposing || event.target !== this.text) return
    const always = event.ctrlKey || event.metaKey
    const plain = !event.shiftKey && !touch && !("ctrlEnter" in this.form.dataset) && this.place !== "ask"
    if (!always && !plain) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  // What this browser can do beside files: a picture of the screen, a voice.

  tools() {
    const shot = this.form.querySelector("[data-capture]"), record = this.form.querySelector("[data-record]")
    if (shot && captures()) {
      shot.hidden = false
      shot.addEventListener("click", async () => {
        const file = await capture()
        if (file) this.uploads.add([file])
        this.text.focus()
      })
    }
    if (record && records()) {
      record.hidden = false
      const voice = new Voice(this.form.querySelector("[data-voice]"), file => { this.uploads.add([file]); this.text.focus() })
      record.addEventListener("click", () => voice.start())
    }
    // A picture made elsewhere on the page, of a shown screen.
    this.form.addEventListener("okno:attach", event => { this.uploads.add([event.detail]); this.text.focus() })
    const similar = document.querySelector("[data-similar]")
    if (similar && this.place === "ask") this.text.addEventListener("input", () => {
      clearTimeout(this.looking)
      this.looking = setTimeout(() => this.look(similar), 500)
    })
  }

  async look(similar) {
    const text = this.text.value.trim()
    try {
      const html = text.length < 8 ? "" : await (await send("GET", `${similar.dataset.similar}?text=${encodeURIComponent(text.slice(0, 500))}`)).text()
      if (text === this.text.value.trim()) similar.innerHTML = html
    } catch { /* help, not a need */ }
  }

  acceptDrops(area) {
    let depth = 0
    const has = event => event.dataTransfer?.types.includes("Files")
    area.addEventListener("dragenter", event => { if (has(event)) { event.preventDefault(); depth += 1; this.form.dataset.over = "" } })
    area.addEventListener("dragover", event => { if (has(event)) event.preventDefault() })
    area.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) delete this.form.dataset.over })
    area.addEventListener("drop", event => {
      depth = 0
      delete this.form.dataset.over
      if (!has(event)) return
      event.preventDefault()
      this.uploads.add(event.dataTransfer.files)
    })
  }

  filesChanged() {
    if (this.sendWhenReady && this.uploads.ready) { this.sendWhenReady = false; this.form.requestSubmit() }
  }

  // Sending

  submit(submitter) {
    if (!this.text.value.trim() && !this.uploads.files.length) return this.text.focus()
    if (!this.uploads.ready) {
      this.sendWhenReady = true
      return say(word("upload.busy"))
    }
    if (this.place === "ask") return this.ask(submitter)
    const fields = new FormData(this.form)
    const item = { id: uuid(), action: this.form.getAttribute("action"), compose: this.place, text: this.text.value.trim(), kind: fields.get("kind") ?? "reply", uploads: this.uploads.arrived, quote: this.quoted?.id, mentions: this.mentions?.in(this.text.value) ?? [], at: Date.now() }
    if (this.quoted?.note && item.kind === "reply") return say(word("note-in-reply"), { wrong: true })
    this.showPending(item, navigator.onLine ? "sending" : "waits")
    this.clear()
    post(item)
  }

  clear() {
    this.text.value = ""
    this.text.style.height = ""
    this.uploads.clear()
    this.quote()
    this.draft.forget()
    this.form.dispatchEvent(new Event("okno:emptied"))
    const reply = this.form.querySelector('[name="kind"][value="reply"][type="radio"]')
    if (reply) reply.checked = true
  }

  showPending(item, news, detail) {
    if (!this.list || this.list.querySelector(`[data-id="${CSS.escape(item.id)}"]`)) return
    const made = document.getElementById(item.kind === "note" ? "pending-note" : "pending-message").content.firstElementChild.cloneNode(true)
    made.dataset.id = item.id
    made.querySelector("time").textContent = clock(new Date(item.at))
    const text = made.querySelector(".text")
    for (const line of item.text.split("\n")) text.append(line, document.createElement("br"))
    made.querySelector(".files").textContent = item.uploads.map(upload => upload.name).join(", ")
    made.querySelector("[data-retry]").addEventListener("click", () => retry(item.id))
    made.querySelector("[data-discard]").addEventListener("click", () => { drop(item.id); made.remove() })
    this.list.append(made)
    setState(made, news, detail)
    toEnd(this.list.closest("[data-scroll]"))
  }

  // The home page: the line is asked for after typing; the answer leads to the new request.

  choosing() {
    document.querySelectorAll("[data-choose-line]").forEach(card => card.addEventListener("click", () => {
      if (this.place !== "ask") return
      if (this.line) { this.line.value = card.dataset.chooseLine; this.saveDraft() }
      this.text.focus()
      this.form.scrollIntoView({ block: "center", behavior: "smooth" })
    }))
  }

  async ask(submitter) {
    const select = this.line
    const where = document.getElementById("ask-where")
    if (submitter?.name === "line" && select) { select.value = submitter.value; this.saveDraft() }
    if (this.lineNeeded && !select.value) return where?.showModal()
    where?.close()
    if (this.asking) return
    this.asking = true
    this.askId ??= uuid()      // the same id until it is acknowledged: a repeat never makes a second request
    const fields = new URLSearchParams(new FormData(this.form))
    fields.set("id", this.askId)
    for (const upload of this.uploads.arrived) fields.append("upload", upload.id)
    const offline = document.querySelector("[data-offline]")
    try {
      const answer = await send("POST", this.form.getAttribute("action"), fields)
      this.draft.forget()
      location.assign(answer.headers.get("HX-Redirect") ?? answer.url)
    } catch (error) {
      this.asking = false
      if (error.status) return say(error.message, { wrong: true })
      if (offline) offline.hidden = false
      setTimeout(() => { if (this.text.value.trim()) this.form.requestSubmit() }, 4000)
    }
  }
}

function setState(made, news, detail) {
  made.querySelector("[data-state]").textContent = news === "refused" ? detail || word("refused") : word(news)
  made.classList.toggle("message--refused", news === "refused")
  made.querySelector("[data-retry]").hidden = made.querySelector("[data-discard]").hidden = news !== "refused"
}

watchOutbox((item, news, detail) => {
  const made = document.querySelector(`[data-pending][data-id="${CSS.escape(item.id)}"]`)
  document.querySelectorAll("[data-compose]").forEach(form => {
    const strip = form.parentElement.querySelector("[data-offline]")
    if (strip && form.dataset.compose !== "ask") strip.hidden = news !== "waits"
  })
  if (!made) return
  if (news === "sent") {
    const list = made.closest("[data-append]")
    made.remove()
    takeMessages(list, detail)
  } else setState(made, news, detail)
})
