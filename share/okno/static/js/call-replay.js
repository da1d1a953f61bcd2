// The page of a recorded call: its parts are films of some seconds, each of which can be entered; two pictures take turns, so that the
// next one is ready when one ends.
import { Film } from "./replay-film.js"
import { Hands } from "./replay-hands.js"

class Reel extends Film {
  read(bytes) { return { film: URL.createObjectURL(new Blob([bytes], { type: "video/webm" })) } }
}

const patience = 5000

const page = document.getElementById("call-replay")
if (page.dataset.parts) start()

function start() {
  const reel = new Reel(page.dataset.parts), hands = new Hands(page), { length, speed } = hands
  let [video, spare] = page.querySelectorAll("video")
  let part, now = 0, playing = false, seeking = 0, waiting = false

  const heard = (element, ...names) => new Promise((done, fail) => {
    const once = { once: true }
    for (const name of names) element.addEventListener(name, done, once)
    element.addEventListener("error", () => fail(new Error("film")), once)
    setTimeout(() => fail(new Error("late")), patience)
  })
  const tell = () => hands.tell(now, playing)

  /** Puts a part into the picture that is not seen. */
  async function load(found, seconds = 0) {
    if (spare.dataset.from !== String(found.from) || seconds) {
      drop(spare)
      spare.dataset.from = found.from
      spare.src = found.film
      await heard(spare, "loadeddata")
    }
    if (seconds) {
      spare.currentTime = seconds
      await heard(spare, "seeked")
    }
  }

  function drop(element) {
    if (!element.src) return
    element.pause()
    element.removeAttribute("src")
    element.load()
    delete element.dataset.from
  }

  /** The picture that is ready is seen, the other one takes the next part. */
  function change(found) {
    [video, spare] = [spare, video]
    video.toggleAttribute("data-shown", true)
    spare.toggleAttribute("data-shown", false)
    drop(spare)
    forget(part, found)
    part = found
    video.playbackRate = Number(speed.value)
    if (playing) { run(); ahead() }
  }

  /** Films take memory until they are given back: that of a part that is seen no more, and of the one that was to follow it. */
  async function forget(old, found) {
    if (!old || old === found) return
    URL.revokeObjectURL(old.film)
    const next = await old.next?.catch(() => undefined)
    if (next && next !== found) URL.revokeObjectURL(next.film)
  }

  const run = () => video.play().catch(() => { /* paused again */ })

  function ahead() {
    const mine = seeking
    reel.after(part).then(next => { if (next && mine === seeking) return load(next) }).catch(() => { /* asked for again at the end of this part */ })
  }

  async function seek(moment) {
    const mine = ++seeking
    now = Math.min(Math.max(0, moment), length)
    tell()
    if (part && part.from <= now && now < part.until) {
      waiting = false
      video.currentTime = (now - part.from) / 1000
      if (playing) run()
      return
    }
    await reach(mine, async () => await reel.at(Math.round(now)) ?? await reel.after({ from: 0 }))
  }

  async function follow() {
    const mine = seeking
    await reach(mine, () => reel.after(part))
  }

  async function reach(mine, find) {
    waiting = true
    video.pause()
    try {
      const found = await find()
      if (mine !== seeking) return
      hands.note()
      if (!found) { playing = false; now = length; return tell() }
      now = Math.max(now, found.from)      // nobody waits through the time of which nothing is kept
      await load(found, Math.min(now, found.until) - found.from > 50 ? (Math.min(now, found.until) - found.from) / 1000 : 0)
      if (mine !== seeking) return
      change(found)
      tell()
    } catch {
      if (mine !== seeking) return
      playing = false
      hands.note("failed")
      tell()
    } finally {
      if (mine === seeking) waiting = false
    }
  }

  setInterval(() => {
    if (!playing || waiting || !part) return
    const moment = part.from + video.currentTime * 1000
    now = Math.min(moment, part.until, length)
    tell()
    if (video.ended || moment >= part.until) follow()
  }, 50)

  function turn() {
    playing = !playing
    if (playing && now >= length) return seek(0)
    if (playing && (!part || hands.failed)) { hands.note("loading"); part = undefined; return seek(now) }
    if (playing) { run(); ahead() } else video.pause()
    tell()
  }

  speed.addEventListener("change", () => { video.playbackRate = Number(speed.value) })
  hands.work({ turn, seek, now: () => now })
  seek(0)
}
