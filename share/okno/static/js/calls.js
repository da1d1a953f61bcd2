// The page's side of calls: buttons of a request, the card that rings, opening the panel where the conversation is.
import { CallPanel, quiet } from "./call-panel.js"
import { choice, lookout, microphone, obstacle, tryDevices } from "./call-devices.js"
import { ring } from "./call-ring.js"
import { ownScreen, showsScreens } from "./call-screen.js"
import { open as show } from "./dialogs.js"
import { refresh } from "./live.js"
import { send, uuid } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const going = "okno.call"      // the call of this window, so that it is found again on the next page
let panel, busy = false

export function startCalls() {
  document.addEventListener("click", event => {
    // The other computer is seen in a window beside the call: on this page the call would end.
    const link = event.target.closest('a[href^="/control/"]')
    if (link && panel) link.target = "_blank"
    const button = event.target.closest("button")
    if (!button) return
    const { callStart, callAnswer, callDecline, callOpen, callColleague, callNext, src } = button.dataset
    if (callStart) once(() => start(callStart, src))
    else if (callNext) once(() => start("call", callNext, { next: 1 }))
    else if (callColleague) once(() => colleagues(callColleague))
    else if (callAnswer) once(() => answer(callAnswer, document.querySelector(`[data-ringing="${callAnswer}"]`)?.dataset ?? {}))
    else if (callDecline) once(() => told("POST", `/calls/${callDecline}/decline`, { why: panel ? "busy" : "declined" }))
    else if (callOpen) once(async () => { if (panel?.id !== callOpen) await open(await read(callOpen)) })
    else if ("callDevices" in button.dataset) tryDevices(kind => panel?.changed(kind))
    else if ("callClose" in button.dataset) button.closest(".call").remove()
  })
  document.addEventListener("submit", event => {
    const { callTo } = event.target.dataset
    if (!callTo && !event.target.matches("form[data-call-form]")) return
    event.preventDefault()
    if (!callTo) return once(() => form(event.target, event.submitter))
    const person = new FormData(event.target).get("person")
    event.target.closest("dialog").close()
    once(() => start("call", callTo, { person }))
  })
  document.addEventListener("input", event => { if (event.target.dataset.callFind) find(event.target) })
  document.addEventListener("keydown", event => { if (event.key === "Enter" && event.target.dataset?.callFind) taken(event) })
  const cards = document.querySelector('[data-src="/calls/ringing"]')
  if (cards) new MutationObserver(() => ring(!panel && cards.querySelector("[data-ringing]") !== null)).observe(cards, { childList: true, subtree: true })
  addEventListener("pagehide", () => panel?.away())
  const id = sessionStorage.getItem(going)
  if (id) once(async () => {
    // Who was silent before the page was read again stays so; who answered on another page brings the voice here.
    try { await open(await read(id), sessionStorage.getItem(quiet) ? {} : undefined, false) } catch { sessionStorage.removeItem(going) }
  })
}

// One thing at a time: a double click is one call.
async function once(work) {
  if (busy) return
  busy = true
  try {
    await work()
  } catch (error) {
    say(error.status ? error.message : word("offline"), { wrong: true })
    if (error.status) refresh()
  } finally {
    busy = false
  }
}

const told = async (method, address, fields) => {
  const answer = await send(method, address, fields && new URLSearchParams(fields))
  refresh()
  return answer
}

const read = async id => (await send("GET", `/calls/${id}/panel?wire=1`)).text()

const client = () => document.body.classList.contains("client")

/** What this person brings along: the voice into a talk, the screen where it is to be shown. Nothing, and words, when that fails. */
async function brought(kind, shows, byCamera = false) {
  if (kind === "screen") {
    if (!shows) return {}
    if (!navigator.mediaDevices) throw { words: word("call.insecure") }
    if (byCamera) return { camera: await seen() }
    if (!showsScreens()) throw { words: word("call.no-screen"), hasCamera: true }
    return { screen: await ownScreen() }
  }
  try {
    return { audio: await microphone() }
  } catch (error) {
    throw { words: obstacle(error, "microphone") }
  }
}

async function seen() {
  try { return await lookout() } catch (error) { throw { words: obstacle(error, "camera") } }
}

/** Whom to call about the request without its client. */
async function colleagues(address) {
  const html = await (await send("GET", address)).text()
  const dialog = document.adoptNode(new DOMParser().parseFromString(html, "text/html").querySelector("dialog"))
  dialog.addEventListener("close", () => dialog.remove())
  document.body.append(dialog)
  show(dialog)
}

// The list follows what is typed; whoever was chosen stays chosen while found.
let typed
function find(field) {
  clearTimeout(typed)
  typed = setTimeout(async () => {
    const list = field.closest(".colleagues").querySelector("[data-call-found]"), words = field.value
    try {
      const html = await (await send("GET", `${field.dataset.callFind}?${new URLSearchParams({ name: words })}`)).text()
      if (field.value !== words) return
      const chosen = list.querySelector("input:checked")?.value
      list.innerHTML = html
      const again = chosen && list.querySelector(`input[value="${chosen}"]`)
      if (again) again.checked = true
    } catch (error) { say(error.status ? error.message : word("offline"), { wrong: true }) }
  }, 200)
}

/** Enter takes the only one found, and sends nothing while nobody is chosen. */
function taken(event) {
  const list = event.target.closest(".colleagues").querySelector("[data-call-found]")
  const free = list.querySelectorAll("input:not(:disabled)")
  if (list.querySelector("input:checked")) return
  event.preventDefault()
  if (free.length === 1) free[0].checked = true
  free[0]?.focus()
}

async function start(kind, address, more = {}, byCamera = false) {
  if (panel) return say(word("call.going"), { wrong: true })
  let tracks
  try {
    tracks = await brought(kind, client(), byCamera)
  } catch (error) {
    // No browser of a phone shows its screen.
    if (error.hasCamera) say(error.words, { act: word("call.by-camera"), run: () => once(() => start(kind, address, more, true)), stay: true })
    else if (error.words) say(error.words, { wrong: true })
    return      // a picker that was closed is an answer too
  }
  await spent(tracks, async () => open(await (await told("POST", address, { id: uuid(), kind, ...more })).text(), tracks))
}

/** Nobody is heard or shown where no panel of a call says so: what was brought along for one that did not come about is let go. */
async function spent(tracks, work) {
  let isUsed = false
  try { isUsed = await work() } finally { if (!isUsed) for (const track of Object.values(tracks)) track.stop() }
}

async function answer(id, { kind = "call", href = location.pathname }) {
  if (panel) return say(word("call.going"), { wrong: true })
  const here = href === location.pathname
  let tracks = {}, words
  try {
    tracks = await brought(kind, client() && here)
  } catch (error) {
    words = error.words
  }
  await spent(tracks, async () => {
    const html = await (await told("POST", `/calls/${id}/answer`)).text()
    // A talk without a voice ends as such, so that the other side knows why.
    if (words && kind === "call") {
      await told("POST", `/calls/${id}/leave`, { why: "no-devices" })
      return say(words, { wrong: true, stay: true })
    }
    return open(html, tracks)
  })
}

/** Shows the panel above the conversation it belongs to; elsewhere the window goes there first. Answers whether it is there. */
async function open(html, tracks, travels = true) {
  const root = new DOMParser().parseFromString(html, "text/html").querySelector(".call")
  if (!root) return
  const talk = document.querySelector(".talk"), id = root.dataset.call, live = "wire" in root.dataset
  if (!talk || location.pathname !== root.dataset.href) {
    if (live) sessionStorage.setItem(going, id)
    if (!travels) return
    sessionStorage.removeItem(quiet)
    location.assign(root.dataset.href)
    return
  }
  document.querySelectorAll(".call").forEach(old => old.remove())
  talk.before(document.adoptNode(root))
  ring(false)
  if (!live) { sessionStorage.removeItem(going); return }
  sessionStorage.setItem(going, id)
  if (!tracks) {
    try { tracks = await brought(root.dataset.kind, false) } catch { tracks = {} }
  }
  panel = new CallPanel(root, tracks, hadFocus => {
    panel = undefined
    sessionStorage.removeItem(going)
    sessionStorage.removeItem(quiet)
    refresh()
    if (hadFocus) backToWork()
  })
  if (root.dataset.kind === "screen" && client() && !tracks.screen && !tracks.camera) panel.trouble(word(showsScreens() ? "call.show-now" : "call.no-screen"))
  if (choice().shows && root.dataset.kind === "call") panel.camera()
  return true
}

/** The focus that was in the panel goes to the button that calls, as soon as it is there again, or to the message. */
function backToWork() {
  const isFree = () => document.activeElement === document.body
  const until = performance.now() + 2000
  const look = () => {
    const button = document.querySelector("[data-call-start]")
    if (!isFree()) return
    if (button) button.focus({ preventScroll: true })
    else if (performance.now() < until) setTimeout(look, 100)
    else document.querySelector("textarea[data-text]")?.focus({ preventScroll: true })
  }
  look()
}

async function form(form, submitter) {
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action")
  await told("POST", address, new FormData(form))
  form.closest("dialog")?.close()
  if (form.matches(".call__callback")) form.closest(".call").remove()
  else panel?.members()
}
