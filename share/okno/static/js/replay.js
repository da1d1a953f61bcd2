// The page of a recorded session: noVNC is fed from the recording by the time, as fast as is wished, from wherever it is entered.
import RFB from "../vendor/novnc/core/rfb.js"
import { Film, FilmChannel } from "./replay-film.js"
import { Hands } from "./replay-hands.js"

const page = document.getElementById("replay")
if (page.dataset.parts) start()

function start() {
  const film = new Film(page.dataset.parts), hands = new Hands(page), { length, speed, stage } = hands
  let screen, channel, part, next = 0         // the part that is shown and its next entry
  let now = 0, playing = false, shown = performance.now(), seeking = 0, waiting = false

  const tell = () => hands.tell(now, playing)

  // The picture

  function enter(found) {
    const serverInit = found.entries[0].bytes
    if (screen) channel.resize(serverInit)
    else {
      channel = new FilmChannel()
      screen = new RFB(page.querySelector("[data-picture]"), channel)
      screen.viewOnly = screen.scaleViewport = true
      screen.focusOnClick = false
      screen.background = "transparent"
      channel.open(serverInit)
    }
    [part, next] = [found, 1]
    fit(serverInit)
  }

  // The picture is as wide as the page and as high as its screen was.
  function fit(serverInit) {
    const [a, b, c, d] = serverInit
    stage.style.setProperty("--shape", `${a << 8 | b} / ${c << 8 | d}`)
  }

  function draw() {
    while (next < part.entries.length && part.entries[next].moment <= now) channel.say(part.entries[next++].bytes)
  }

  async function seek(moment) {
    const mine = ++seeking
    now = Math.min(Math.max(0, moment), length)
    tell()
    if (part && part.from <= now && now < part.until) {
      waiting = false
      enter(part)      // a part begins with the whole screen, so going back in it is entering it again
      return draw()
    }
    waiting = true
    try {
      const found = await film.at(Math.max(now, 0)) ?? await film.after({ from: 0 })
      if (mine !== seeking) return
      hands.note()
      if (!found) return
      enter(found)
      now = Math.max(now, found.from)
      draw()
      tell()
      if (playing) film.after(found).catch(() => {})
    } catch {
      if (mine === seeking) fail()
    } finally {
      if (mine === seeking) waiting = false
    }
  }

  function fail() {
    playing = false
    hands.note("failed")
    tell()
  }

  async function follow() {
    const mine = seeking
    waiting = true
    try {
      const found = await film.after(part)
      if (mine !== seeking) return
      if (!found) { playing = false; now = length; return tell() }
      now = Math.max(now, found.from)      // nobody waits through the time when the computer was away
      enter(found)
      film.after(found).catch(() => {})
    } catch {
      if (mine === seeking) fail()
    } finally {
      if (mine === seeking) waiting = false
    }
  }

  setInterval(() => {
    const moment = performance.now(), passed = (moment - shown) * Number(speed.value)
    shown = moment
    if (!playing || waiting || !part) return
    now = Math.min(now + passed, length)
    draw()
    tell()
    if (now >= part.until) follow()
  }, 50)

  // The hands

  function turn() {
    playing = !playing
    if (playing && now >= length) return seek(0)
    if (playing && (!part || hands.failed)) { hands.note("loading"); part = undefined; return seek(now) }
    if (playing) film.after(part).catch(() => {})
    tell()
  }
  hands.work({ turn, seek, now: () => now })
  addEventListener("pagehide", () => screen?.disconnect())
  seek(0)
}
