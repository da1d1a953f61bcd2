// The page of a session of control: the picture by noVNC, its tools, and coming back after a break. What is agreed to is read from
// the strip that the live page keeps up to date; the server holds to it anyhow.
import RFB from "../vendor/novnc/core/rfb.js"
import { turnFull } from "./full.js"
import { send } from "./net.js"
import { startClipboard } from "./remote-clipboard.js"
import { startFiles } from "./remote-files.js"
import { chords, press, RemoteKeys } from "./remote-keys.js"
import { RemoteScale } from "./remote-scale.js"
import { RemoteStream } from "./remote-stream.js"
import { say } from "./toast.js"

const page = document.getElementById("remote")
const stage = page.querySelector("[data-stage]"), picture = page.querySelector("[data-picture]"), still = page.querySelector("[data-still]")
const agreed = page.querySelector("[data-agreed]"), tools = page.querySelector("[data-tools]"), delay = page.querySelector("[data-delay]")
const scale = new RemoteScale(stage, page.querySelector("[data-screens]"), page.querySelector("[data-zoom]"))

const files = startFiles(page.querySelector("#files-side"), stage)

let address = page.dataset.stream      // good once; the next one is asked for
let rfb, stream, again, rights = new Set(), watches = false, paused = false, ended = false

/** noVNC with our keys between what was pressed and what is sent. */
class Screen extends RFB {
  keys = new RemoteKeys()
  sendKey(keysym, code, down) {
    if (down === undefined) return super.sendKey(keysym, code)
    super.sendKey(this.keys.keysym(keysym, code, down), code, down)
  }
}

const mayControl = () => rights.has("control") && !watches

// States

function show(state) {
  stage.dataset.is = state === "shown" && !mayControl() ? "watched" : state
  page.querySelectorAll("[data-note]").forEach(note => { note.hidden = note.dataset.note !== state })
}

function takeAgreement() {
  const strip = agreed.querySelector("[data-state]")
  const had = rights
  rights = new Set([...agreed.querySelectorAll("[data-right]")].map(each => each.dataset.right))
  tools.querySelectorAll("[data-needs]").forEach(tool => { tool.hidden = !rights.has(tool.dataset.needs) })
  files.allow(rights.has("files"))
  if (strip?.dataset.state === "ended") return end()
  if (!rights.has("view")) { leave(); return show("waiting") }
  // A stream is opened for what was agreed to then: more of it needs another one.
  if (!had.has("control") && rights.has("control")) leave()
  if (!stream) connect()
  else apply()
}

function apply() {
  if (!rfb) return
  rfb.viewOnly = !mayControl()
  if (stage.dataset.is === "shown" || stage.dataset.is === "watched") show("shown")
  page.querySelectorAll("[data-mode]").forEach(button => button.setAttribute("aria-pressed", (button.dataset.mode === "watch") === watches))
}

function end() {
  ended = true
  leave()
  still.hidden = true
  show("ended")
  tools.hidden = delay.hidden = true
  files.allow(false)
  page.querySelectorAll("[data-end]").forEach(each => { each.hidden = true })
}

// The stream

async function connect() {
  clearTimeout(again)
  if (stream || paused || ended || !rights.has("view")) return
  const mine = stream = {}      // nobody else connects while the token is asked for
  try {
    const where = address ?? (await (await send("POST", page.dataset.tokens, undefined, {}, true, { signal: AbortSignal.timeout(2500) })).text()).trim()
    address = undefined
    if (stream !== mine) return
    const made = stream = new RemoteStream(where, { heard, ended: code => broke(made, code) })
  } catch (error) {
    if (stream !== mine) return
    stream = undefined
    // The session is over, or not this person's any more; everything else passes.
    return error.status === 403 || error.status === 404 ? end() : later()
  }
  rfb = new Screen(picture, stream, { shared: true })
  rfb.background = "transparent"
  rfb.scaleViewport = true
  rfb.qualityLevel = Number(page.querySelector("[data-quality]").value)
  rfb.viewOnly = !mayControl()
  rfb.addEventListener("connect", () => {
    still.hidden = true
    show("shown")
    scale.watch(picture.querySelector("canvas"))
    if (!document.activeElement || document.activeElement === document.body) rfb.focus()
  })
}

function heard(message) {
  if (typeof message.clipboard === "string") clipboard.came(message.clipboard)
  if (message.screens) scale.offer(message.screens)
  if (message.notice) say(message.notice)
  if (message.file) files.progress(message.file)
  if (message.ended) end()
}

function broke(which, code) {
  if (which !== stream) return
  leave()
  // 4001: the server asks to come again, as the agent did or as more was agreed to.
  if (!paused && !ended) later(code === 4001 ? 100 : 1000)
}

function later(wait = 1000) {
  show("broken")
  clearTimeout(again)
  again = setTimeout(connect, wait)
}

/** Lets the stream go and keeps the last picture, greyed. */
function leave() {
  clearTimeout(again)
  const canvas = picture.querySelector("canvas")
  if (canvas?.width) {
    still.width = canvas.width
    still.height = canvas.height
    still.getContext("2d").drawImage(canvas, 0, 0)
    still.hidden = false
  }
  const old = stream, screen = rfb
  stream = rfb = undefined
  screen?.disconnect()
  old?.close?.()
  picture.replaceChildren()
}

// A dead path tells nothing: the server is asked now and then, and the answer's time is the delay that is shown.
setInterval(async () => {
  if (paused || ended || document.hidden) return
  const start = performance.now()
  try {
    await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(4000) })
    const words = delay.querySelector("[data-words]")
    words.textContent = words.dataset.words.replace("{n}", Math.round(performance.now() - start))
    delay.hidden = false
  } catch {
    delay.hidden = true
    if (stream instanceof RemoteStream && performance.now() - stream.lastHeard > 4000) stream.close()
  }
}, 3000)
addEventListener("offline", () => stream?.close?.())
addEventListener("online", connect)
addEventListener("pagehide", leave)
addEventListener("pageshow", event => { if (event.persisted) connect() })

// Tools

const clipboard = startClipboard({
  form: tools.querySelector("[data-clipboard] form"), area: stage, isOn: () => rights.has("clipboard") && mayControl(),
  tell: text => stream?.tell?.({ clipboard: text }) ?? false,
  paste: () => {
    const v = { keysym: 0x76, code: "KeyV" }
    const isHeld = [...rfb?.keys.held.keys() ?? []].some(code => code.startsWith("Control"))
    press(isHeld ? [v] : [{ keysym: 0xffe3, code: "ControlLeft" }, v], (...key) => rfb?.sendKey(...key))
  },
})

tools.addEventListener("click", event => {
  const chord = event.target.closest("[data-chord]"), mode = event.target.closest("[data-mode]"), pause = event.target.closest("[data-pause]")
  if (chord) {
    // Some systems take this one from nobody but their own service, which the agent can ask.
    if (chord.dataset.chord === "ctrl-alt-del" && "canAttention" in page.dataset) stream?.tell?.({ attention: true })
    else press(chords[chord.dataset.chord], (...key) => rfb?.sendKey(...key))
    rfb?.focus()
  }
  if (mode) {
    watches = mode.dataset.mode === "watch"
    apply()
    rfb?.focus()
  }
  if (pause) {
    paused = !paused
    pause.setAttribute("aria-pressed", paused)
    if (paused) { leave(); show("paused") } else { show("connecting"); connect() }
  }
  if (event.target.closest("[data-full]")) fill()
})
page.querySelector("[data-quality]").addEventListener("change", event => { if (rfb) rfb.qualityLevel = Number(event.target.value) })

// With control on every key goes to the other computer, Tab too: one chord stays here, or the buttons could not be reached by keys.
stage.addEventListener("keydown", event => {
  if (!mayControl() || !(event.ctrlKey && event.altKey && event.shiftKey) || !/^(Control|Alt|Shift)/.test(event.code)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  for (const [code, sent] of [...rfb?.keys.held ?? []]) rfb.sendKey(sent, code, false)
  // noVNC forgets what is down when it is told only to look.
  if (rfb) rfb.viewOnly = true
  apply()
  tools.querySelector("button:not([hidden], [hidden] *), summary:not([hidden] *)").focus()
}, true)

async function fill() {
  if (!await turnFull(page)) return
  // Where the browser allows it, Esc, Alt+Tab and the system's keys go to the other computer too.
  await navigator.keyboard?.lock?.().catch(() => {})
  rfb?.focus()
}

new MutationObserver(takeAgreement).observe(agreed, { childList: true })
takeAgreement()
