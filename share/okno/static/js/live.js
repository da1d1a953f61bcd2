// The live page: a socket says what changed, the parts that show it are read again over HTTP as the same viewer.
//   data-live="topic …" data-src="/address"   a part; data-append: a conversation, data-queue: a queue, data-board: the board (they
//   know how to take news)
//   data-calm: a part that many events touch is read again once a second at most
//   data-topics on <body> and on parts put in later; data-seq the event number they were made at
import { pause, send, signedOut } from "./net.js"
import { takeQueue } from "./queue.js"
import { lastNumber, takeMessages } from "./talk.js"
import { word } from "./words.js"

let socket, seq = 0, tries = 0, timer, stopped, everOpen = false, asked = ""
let polling, held, polls = false   // who polls where no socket opens, the request that is held, whether the last one was answered
const reading = new Map()      // part → "again" when news came while it was being read
const lately = new WeakMap()   // calm part → when it was read last
const waiting = new Set()      // parts with something open or being typed inside

export function startLive() {
  seq = Number(document.body.dataset.seq) || 0
  connect()
  for (const part of document.querySelectorAll("[data-lazy]")) read(part, 0)
  window.addEventListener("online", connect)
  window.addEventListener("offline", () => stopped ??= setTimeout(showStopped, 1000))
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connect() })
  window.addEventListener("pagehide", () => { socket?.close(); stopPolling() })
  window.addEventListener("pageshow", event => { if (event.persisted) { connect(); refresh() } })
  for (const name of ["focusout", "toggle", "close"]) document.addEventListener(name, () => setTimeout(retryWaiting, 150), true)
  document.addEventListener("pointerdown", event => { clearTimeout(release); if (event.button === 0) pressed = event.target }, true)
  // A tap is clicked some time after the finger has left.
  for (const [name, wait] of [["pointerup", 150], ["click", 0], ["pointercancel", 0], ["dragend", 0]]) {
    document.addEventListener(name, () => { clearTimeout(release); release = setTimeout(released, wait) }, true)
  }
}

function topics() {
  const named = [document.body, ...document.querySelectorAll("[data-topics]")].flatMap(e => (e.dataset.topics ?? "").split(" "))
  const parts = [...document.querySelectorAll("[data-live]")].flatMap(e => e.dataset.live.split(" "))
  return [...new Set([...named, ...parts])].filter(Boolean)
}

function connect() {
  clearTimeout(timer)
  timer = undefined
  if (socket && socket.readyState <= WebSocket.OPEN || topics().length === 0) return
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`)
  socket.addEventListener("open", () => {
    tries = 0
    everOpen = true
    asked = ""
    stopPolling()
    subscribe()
    hideStopped()
  })
  socket.addEventListener("message", event => take(JSON.parse(event.data)))
  socket.addEventListener("close", () => {
    later(1000 * 2 ** Math.min(tries++, 5))
    if (tries > 1) poll()
  })
}

function later(most) {
  if (timer) return
  timer = setTimeout(connect, most * (0.5 + Math.random() / 2))
  if (everOpen || tries > 2) stopped ??= setTimeout(showStopped, 2000)
}

/** Tells the server what this page shows now. */
export function subscribe() {
  if (polling && asked !== JSON.stringify(topics())) held?.abort()
  if (socket?.readyState !== WebSocket.OPEN) return connect()
  const wanted = JSON.stringify(topics())
  if (wanted === asked) return
  socket.send(`{"topics":${wanted},"seq":${known(wanted)}}`)
  asked = wanted
}

// A part that was put in later may be older or newer than the last hint; the smaller number misses nothing.
function known(wanted) {
  const made = [...document.querySelectorAll("[data-topics][data-seq]")].map(e => Number(e.dataset.seq)).filter(Boolean)
  return asked && asked !== wanted ? Math.min(seq, ...made) : seq
}

// Where no socket opens, as behind a proxy that passes plain HTTP alone, requests are held until something changes. A socket is tried
// again all the while.
async function poll() {
  if (polling) return
  const mine = polling = {}
  asked = ""
  let fails = 0
  while (polling === mine) {
    held = new AbortController()
    const wanted = JSON.stringify(topics())
    // The first one is answered at once: then it is known that this way is open.
    const address = `/live/poll?seq=${known(wanted)}&topics=${topics().join(",")}${polls ? "" : "&wait=0"}`
    asked = wanted
    try {
      const hints = await (await send("GET", address, undefined, {}, false, { signal: held.signal, cache: "no-store" })).text()
      if (polling !== mine) return
      fails = 0
      polls = true
      hideStopped()
      for (const hint of hints.split("\n").filter(Boolean)) take(JSON.parse(hint))
    } catch (error) {
      if (error.name === "AbortError" || polling !== mine) continue
      if (error.status === 401) return stopPolling()
      polls = false
      if (everOpen || fails > 1) showStopped()
      await pause(fails++)
    }
  }
}

function stopPolling() {
  polling = undefined
  polls = false
  held?.abort()
}

function take(hint) {
  if (hint.bye) { socket.close(); return later(5000) }
  if (hint.seq) seq = Math.max(seq, hint.seq)
  if (hint.reload) return refresh()
  if (hint.typing) return document.dispatchEvent(new CustomEvent("okno:typing", { detail: hint }))
  if (hint.topic) refresh(hint.topic)
}

/** Says to the others that this person is writing. */
export function sendTyping(topic) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ typing: topic }))
}

/** Reads again the parts of a topic, or all of them. */
export function refresh(topic) {
  for (const part of document.querySelectorAll("[data-live][data-src]")) {
    if (!topic || part.dataset.live.split(" ").includes(topic)) read(part, topic?.startsWith("line/") ? Math.random() * 250 : 0)
  }
}

async function read(part, wait) {
  if (reading.has(part)) { reading.set(part, "again"); return }
  reading.set(part, "")
  // Hints of one change come together: a short wait makes one read of them; a busy line's watchers are spread.
  if ("calm" in part.dataset) wait = Math.max(wait, 900 - (performance.now() - (lately.get(part) ?? -900)))
  await new Promise(done => setTimeout(done, 15 + wait))
  lately.set(part, performance.now())
  try {
    const append = "append" in part.dataset
    const html = await fetched(part.dataset.src + (append ? `?after=${lastNumber(part)}` : ""))
    if (!part.isConnected || "calm" in part.dataset && !part.dataset.live) return
    if (append) takeMessages(part, html)
    else if ("queue" in part.dataset) takeQueue(part, html)
    else if ("board" in part.dataset) document.dispatchEvent(new CustomEvent("okno:news", { detail: { part, html } }))
    else put(part, html)
  } catch (error) {
    if (error.status === 401) signedOut()      // without a connection the socket's return reads it again
  } finally {
    const again = reading.get(part) === "again"
    reading.delete(part)
    if (again && part.isConnected) read(part, 60)
  }
}

// Parts that show the same thing in two places share one answer.
const asking = new Map()
function fetched(address) {
  if (!asking.has(address)) asking.set(address, send("GET", address).then(answer => answer.text()).finally(() => asking.delete(address)))
  return asking.get(address)
}

// A button that is replaced between press and release is not clicked.
let pressed, release
function released() {
  pressed = undefined
  retryWaiting()
}

// A menu that is open, a dialog, a field with the caret, a button held down: the person is busy there, the news can wait.
const busy = part => part.querySelector("details[open], dialog[open]")
  || part.contains(pressed)
  || part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")

// The same words again are no news: nothing flickers, and a screen reader does not repeat itself. Form tokens differ each time.
const made = new WeakMap()
const words = html => html.replace(/value="[0-9a-f]{256}"|value="[0-9a-f]{8}-[0-9a-f-]{27}"/g, "")

function put(part, html) {
  if (made.get(part) === words(html)) return
  if (busy(part)) { waiting.add(part); return }
  waiting.delete(part)
  const focused = part.contains(document.activeElement) ? [...part.querySelectorAll("a, button, summary")].indexOf(document.activeElement) : -1
  made.set(part, words(html))
  part.innerHTML = html
  window.htmx?.process(part)
  if (focused >= 0) part.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true })
}

function retryWaiting() {
  for (const part of waiting) {
    if (!part.isConnected) waiting.delete(part)
    else if (!busy(part)) { waiting.delete(part); read(part, 0) }
  }
}

const strip = document.getElementById("live-state")
function showStopped() {
  if (!strip || polls || socket?.readyState === WebSocket.OPEN) return
  strip.querySelector("span").textContent = word("stopped")
  strip.hidden = false
}
function hideStopped() {
  clearTimeout(stopped)
  stopped = undefined
  if (strip) strip.hidden = true
}
