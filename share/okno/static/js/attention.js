// The timer that nobody starts: while the request is open, visible and its specialist active, time runs; the server counts it.
import { send } from "./net.js"
import { word } from "./words.js"

const idle = 120_000, beat = 30_000
let last = 0            // when the person did something, by performance.now()
let ticked = 0
let place               // the address that is told
let unsent = 0          // milliseconds not told yet
let stopped = sessionStorage.getItem("okno.timer") === "off"

const block = () => document.querySelector("[data-attention]")

export function startAttention() {
  last = ticked = performance.now()
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"]) addEventListener(name, () => { last = performance.now() }, { capture: true, passive: true })
  document.addEventListener("click", event => {
    if (!event.target.closest("[data-timer]")) return
    stopped = !stopped
    sessionStorage.setItem("okno.timer", stopped ? "off" : "on")
    show()
  })
  document.addEventListener("visibilitychange", () => { tick(); if (document.hidden) tell(true) })
  addEventListener("pagehide", () => { tick(); tell(true) })
  setInterval(tick, 1000)
  tick()
}

const runs = () => !stopped && !document.hidden && performance.now() - last < idle

function tick() {
  const now = performance.now(), passed = Math.min(now - ticked, 5000)      // a sleeping computer does not work
  ticked = now
  const here = block()?.dataset.attention
  if (here !== place) { tell(true); place = here; last = now }
  if (!place) return
  if (runs()) unsent += passed
  if (unsent >= beat) tell(false)
  show()
}

function tell(left) {
  if (!place || unsent < 1000) return
  const fields = new URLSearchParams({ ms: Math.round(unsent), left: left ? "1" : "" })
  const told = unsent
  unsent = 0
  shown.set(place, (shown.get(place) ?? 0) + told)
  fields.set("csrf", document.querySelector('meta[name="csrf"]')?.content ?? "")
  send("POST", place, fields, {}, true, { keepalive: left }).catch(() => { /* no longer ours, or no connection: nothing to say */ })
}

// What was told since the block was made is not in its figures.
const shown = new Map()
let made

function show() {
  const part = block()
  if (!part) return
  if (part !== made) { made = part; shown.clear() }
  const state = stopped ? "off" : runs() ? "on" : "idle"
  const button = part.querySelector("[data-timer]")
  if (button.dataset.state !== state) {
    button.dataset.state = state
    button.setAttribute("aria-pressed", stopped)
    button.querySelector("[data-timer-words]").textContent = part.querySelector("[data-timer-texts]").content.querySelector(`[data-${state}]`).textContent
  }
  const minutes = Number(part.dataset.factMinutes) + Math.floor((Number(part.dataset.uncounted) + (shown.get(place) ?? 0) + unsent) / 60_000)
  const fact = part.querySelector("[data-fact]")
  if (fact.dataset.shown !== String(minutes)) {
    fact.dataset.shown = minutes
    fact.textContent = labour(minutes)
    const plan = Number(part.dataset.planMinutes), bar = part.querySelector("progress")
    if (plan && bar) { bar.value = Math.min(100, minutes * 100 / plan); bar.classList.toggle("progress--over", minutes > plan) }
  }
}

function labour(minutes) {
  const hours = Math.floor(minutes / 60), rest = minutes % 60
  if (!hours) return word("labour.minutes", { n: rest })
  return rest ? `${word("labour.hours", { n: hours })} ${word("labour.minutes", { n: rest })}` : word("labour.hours", { n: hours })
}
