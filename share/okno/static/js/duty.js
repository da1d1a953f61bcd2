// Where a specialist is: signs of activity while something watches for them, arrows in the list of states, and what is offered.
import { send } from "./net.js"

let active = 0          // when the person did something, by performance.now()
let told = -Infinity

const beat = () => Math.min(...[...document.querySelectorAll("[data-beat]")].map(part => Number(part.dataset.beat)).filter(Boolean)) * 1000

export function startDuty() {
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(name, () => { active = performance.now(); tell() }, { capture: true, passive: true })
  document.addEventListener("keydown", walk)
  setInterval(count, 1000)
  const offers = document.querySelector(".offers")
  if (offers) new ResizeObserver(() => makePlace(offers)).observe(offers)
}

// What is offered covers nothing: the pane behind it ends above it.
function makePlace(offers) {
  const height = offers.querySelector(".offer") ? offers.offsetHeight + (innerWidth > 640 ? 16 : 0) : 0
  document.documentElement.style.setProperty("--offers", `${height}px`)
}

// The time that is left to accept, from the moment the offer was put in: the clocks of server and browser may differ.
const ends = new WeakMap()
function count() {
  for (const offer of document.querySelectorAll("[data-left]")) {
    if (!ends.has(offer)) ends.set(offer, performance.now() + Number(offer.dataset.left) * 1000)
    const left = Math.max(0, Math.round((ends.get(offer) - performance.now()) / 1000))
    offer.querySelector("[data-left-words]").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
  }
}

function tell() {
  if (!(active - told >= beat())) return
  told = active
  send("POST", "/duty/activity").catch(() => { /* without a connection nobody is seen anyway */ })
}

// Arrows move between the states, as in any group of buttons of which one is pressed.
function walk(event) {
  const here = event.target.closest?.(".duty__state, .duty__item")
  if (!here) return
  const all = [...here.parentElement.querySelectorAll(".duty__state, .duty__item")]
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (!step) return
  event.preventDefault()
  all[(all.indexOf(here) + step + all.length) % all.length].focus()
}
