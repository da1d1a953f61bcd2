// «Проверка связи»: walks every step from this chair, says what it found with the words that stand in the page, and tells the server.
//   [data-connection] the page · [data-step] a step, data-state its outcome · [data-says] its sentences · [data-try] asks for a device
import { camera, listen, microphone } from "./call-devices.js"
import * as probes from "./probes.js"
import { send, uuid } from "./net.js"

const root = document.querySelector("[data-connection]")
const rows = new Map([...root.querySelectorAll("[data-step]")].map(row => [row.dataset.step, row]))
const states = new Map([...root.querySelector("[data-states]").content.querySelectorAll("[data-state-word]")].map(i => [i.dataset.stateWord, i.textContent]))
const verdict = root.querySelector("[data-verdict]"), ladder = root.querySelector("[data-ladder]")
const again = root.querySelector("[data-again]"), print = root.querySelector("[data-print]")
const lang = document.documentElement.lang

const letGo = new Map()      // step → what closes its device: a new try, leaving the page
let id, results, figures, began = { verdict: verdict.innerHTML, ladder: ladder.innerHTML }

const filled = (key, values) => root.dataset[key].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
const ms = n => filled("ms", { n: Math.round(n).toLocaleString(lang) })
const mbit = n => (n / 1000).toLocaleString(lang, { maximumFractionDigits: n < 10_000 ? 1 : 0 })

function show(step, outcome, number = "") {
  const row = rows.get(step)
  row.dataset.state = outcome
  for (const words of row.querySelectorAll("[data-says]")) words.hidden = words.dataset.says !== outcome
  row.querySelector("[data-word-of]").textContent = states.get(outcome)
  row.querySelector("[data-number]").textContent = number
  const attempt = row.querySelector("[data-try]")
  if (attempt) attempt.hidden = !["untried", "refused", "absent"].includes(outcome)
}

function found(step, outcome, number, measured = {}) {
  results[step] = outcome
  for (const [name, value] of Object.entries(measured)) figures[name] = Math.round(value)
  show(step, outcome, number)
}

// Each step answers by itself; a probe that throws has failed.
const walk = {
  async address() {
    const seen = await probes.address()
    const bad = seen.loss > 0 || seen.delay > 400
    const number = filled("tries", { n: Math.round(seen.delay), jitter: Math.round(seen.jitter), loss: seen.loss })
    found("address", seen.loss === 100 ? "fails" : bad ? "slow" : "works", seen.loss === 100 ? "" : number, seen)
  },
  async certificate() { found("certificate", location.protocol === "https:" ? root.dataset.certificate : "insecure") },
  async socket() {
    const time = await probes.opens("/live")
    found("socket", "works", ms(time), { socket: time })
  },
  async relay() {
    const { servers } = await (await send("GET", "/connection/ice")).json()
    if (servers.length === 0 || !window.RTCPeerConnection) return found("relay", "absent")
    const time = await probes.relay(servers)
    found("relay", "works", ms(time), { relay: time })
  },
  async media() {
    const seen = await probes.media("/connection/wire")
    const number = `${ms(seen.media)}, ${filled("both", { down: mbit(seen["media-down"]), up: mbit(seen["media-up"]) })}`
    found("media", seen.media > 400 || seen["media-down"] < 500 || seen["media-up"] < 500 ? "slow" : "works", number, seen)
  },
  async microphone() { await device("microphone") },
  async camera() { await device("camera") },
  async screen() {
    found("screen", !window.isSecureContext ? "insecure" : navigator.mediaDevices?.getDisplayMedia ? "works" : "absent")
  },
  async throughput() {
    const seen = await probes.throughput()
    found("throughput", seen.down < 1000 || seen.up < 1000 ? "slow" : "works", filled("both", { down: mbit(seen.down), up: mbit(seen.up) }), seen)
  },
}

// Without a word from the person only a device that was allowed before is opened.
async function device(step, isAsked = false) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return found(step, "insecure")
  if (!isAsked && !await probes.isAllowed(step)) return found(step, "untried")
  try {
    // The very device that calls use.
    const track = await (step === "microphone" ? microphone() : camera())
    letGo.get(step)?.()
    const shown = rows.get(step).querySelector("[data-level], [data-picture]")
    shown.hidden = false
    let deaf
    if (step === "microphone") deaf = listen(track, shown)
    else {
      shown.srcObject = new MediaStream([track])
      shown.play().catch(() => { /* the page is left */ })
    }
    letGo.set(step, () => { deaf?.(); track.stop() })
    found(step, "works")
  } catch (error) {
    found(step, ["NotAllowedError", "SecurityError"].includes(error.name) ? "refused" : "absent")
  }
}

async function check() {
  const start = performance.now()
  ;[id, results, figures] = [uuid(), {}, {}]
  again.disabled = print.disabled = true
  verdict.innerHTML = began.verdict
  verdict.dataset.tone = "running"
  verdict.setAttribute("aria-busy", "true")
  ladder.innerHTML = began.ladder
  for (const step of rows.keys()) show(step, "waiting")
  for (const step of rows.keys()) {
    show(step, "running")
    try { await walk[step]() } catch { found(step, "fails") }
  }
  figures.spent = Math.round(performance.now() - start)
  await tell()
  again.disabled = print.disabled = false
}

/** Tells the server, which answers with the summary and the ladder. */
async function tell() {
  const form = new URLSearchParams({ id, ...results })
  for (const [name, value] of Object.entries(figures)) form.set(`${name}-figure`, value)
  try {
    const html = await (await send("POST", "/connection/checks", form)).text()
    const page = new DOMParser().parseFromString(html, "text/html")
    const said = page.querySelector("[data-part=verdict]")
    verdict.dataset.tone = said.dataset.tone
    verdict.replaceChildren(...said.childNodes)
    ladder.replaceChildren(...page.querySelector("[data-part=ladder]").childNodes)
    root.querySelector("[data-at]").textContent = said.dataset.at
  } catch (error) {
    verdict.dataset.tone = "late"
    verdict.querySelector("h2").textContent = root.querySelector("[data-failed]").textContent
    verdict.querySelector("p").textContent = error.status ? error.message : root.querySelector("[data-failed-words]").textContent
  }
  verdict.setAttribute("aria-busy", "false")
}

root.addEventListener("click", async event => {
  const attempt = event.target.closest("[data-try]")
  if (!attempt) return
  const step = attempt.closest("[data-step]").dataset.step
  attempt.disabled = true
  await device(step, true)
  attempt.disabled = false
  // While the walk goes on its end tells this too.
  if (!again.disabled) await tell()
})
again.addEventListener("click", check)
print.addEventListener("click", () => window.print())
addEventListener("pagehide", () => letGo.forEach(end => end()))
check()
