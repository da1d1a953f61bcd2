// A conversation: takes new and edited entries, keeps the place of the reader, tells how far he has read, shows who is typing.
import { rove } from "./messages.js"
import { send } from "./net.js"
import { word } from "./words.js"

const started = new WeakSet()

export function startTalk(root) {
  const lists = [...root.querySelectorAll?.("[data-append]") ?? []]
  for (const list of lists) {
    if (started.has(list)) continue
    started.add(list)
    const scroll = list.closest("[data-scroll]")
    toEnd(scroll)
    // Pictures grow after they load; a reader at the end stays there.
    list.addEventListener("load", () => { if (scroll.dataset.atEnd) toEnd(scroll) }, true)
    scroll.addEventListener("scroll", () => { mark(scroll); readLater(list) }, { passive: true })
    document.addEventListener("visibilitychange", () => readLater(list))
    const jump = list.closest(".talk").querySelector("[data-jump]")
    jump?.addEventListener("click", () => toEnd(scroll))
    new ResizeObserver(() => { if (scroll.dataset.atEnd) toEnd(scroll) }).observe(scroll)
    readLater(list)
    rove(list)
  }
}

/** The highest event number among the entries: what to ask the next ones after. */
export function lastNumber(list) {
  let last = 0
  for (const entry of list.querySelectorAll("[data-no]")) last = Math.max(last, Number(entry.dataset.no))
  return last
}

/** Puts a fragment in: an entry with a known id replaces it, others go to the end, before what is still on its way. */
export function takeMessages(list, html) {
  const holder = document.createElement("template")
  holder.innerHTML = html
  const scroll = list.closest("[data-scroll]")
  const stay = !scroll.dataset.atEnd
  // A message from before what is shown here comes with «earlier messages», not now.
  const places = [...list.querySelectorAll("[data-place]")].map(each => Number(each.dataset.place))
  const first = places.length ? Math.min(...places) : 0
  let came = 0, day
  for (const entry of [...holder.content.children]) {
    if (entry.dataset.readUpTo) markRead(list, Number(entry.dataset.readUpTo))
    else if (entry.dataset.day) day = entry
    else if (entry.dataset.id) {
      const known = list.querySelector(`[data-id="${CSS.escape(entry.dataset.id)}"]`)
      if (known && Number(known.dataset.no) > Number(entry.dataset.no)) continue      // a slow answer must not undo a newer one
      if (known?.hasAttribute("data-editing")) continue
      if (known) replace(known, entry)
      else if (Number(entry.dataset.place) < first) continue
      else {
        // What was merged in from another request stands where it was written.
        const later = [...list.querySelectorAll("[data-no]")].find(each => Number(each.dataset.place ?? each.dataset.no) > Number(entry.dataset.place ?? entry.dataset.no))
        if (!later && day && !list.querySelector(`[data-day="${day.dataset.day}"]`)) before(list, day)
        entry.dataset.new = ""
        if (later) later.before(entry)
        else before(list, entry)
        if (!entry.matches(".message--own")) came += 1
      }
    }
  }
  window.htmx?.process(list)
  rove(list)
  if (stay) { if (came) showJump(list) } else toEnd(scroll)
  if (came) typingEnds(list)
  readLater(list)
}

// It keeps the look it had among its neighbours, and the focus inside.
function replace(known, entry) {
  if (known.matches(".message--next")) entry.classList.add("message--next")
  const focused = known.contains(document.activeElement) && document.activeElement.matches("[data-message-menu]")
  known.replaceWith(entry)
  if (focused) entry.querySelector("[data-message-menu]")?.focus({ preventScroll: true })
}

function before(list, entry) {
  list.insertBefore(entry, list.querySelector("[data-pending]"))
}

function markRead(list, number) {
  for (const own of list.querySelectorAll(".message--own[data-no]:not([data-read])")) {
    if (Number(own.dataset.no) <= number) own.dataset.read = ""
  }
}

// At the end

export function toEnd(scroll) {
  scroll.scrollTop = scroll.scrollHeight
  scroll.dataset.atEnd = "1"
  const jump = scroll.closest(".talk")?.querySelector("[data-jump]")
  if (jump) jump.hidden = true
}

function mark(scroll) {
  if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 48) {
    scroll.dataset.atEnd = "1"
    const jump = scroll.closest(".talk").querySelector("[data-jump]")
    if (jump) jump.hidden = true
  } else delete scroll.dataset.atEnd
}

function showJump(list) {
  const jump = list.closest(".talk").querySelector("[data-jump]")
  if (!jump) return
  jump.querySelector("span").textContent = word("new-messages")
  jump.hidden = false
}

// Reading: up to the last entry that has been on the screen of a visible page.

const timers = new WeakMap()

function readLater(list) {
  if (!list.dataset.reading || document.hidden) return
  clearTimeout(timers.get(list))
  timers.set(list, setTimeout(() => tellRead(list), 400))
}

async function tellRead(list) {
  if (document.hidden || !list.isConnected) return
  const edge = list.closest("[data-scroll]").getBoundingClientRect().bottom
  let upto = 0
  for (const entry of list.querySelectorAll("[data-no]")) {
    if (entry.getBoundingClientRect().top < edge - 8) upto = Math.max(upto, Number(entry.dataset.no))
  }
  if (upto <= Number(list.dataset.readHere || 0)) return
  const was = list.dataset.readHere
  list.dataset.readHere = upto
  try {
    await send("POST", list.dataset.reading, new URLSearchParams({ upto }))
  } catch {
    list.dataset.readHere = was      // told again with the next movement
  }
}

// Typing

const shown = new WeakMap()

document.addEventListener("okno:typing", ({ detail }) => {
  for (const list of document.querySelectorAll(`[data-append][data-live~="${CSS.escape(detail.typing)}"]`)) {
    const talk = list.closest(".talk")
    const line = talk.querySelector("[data-typing]")
    if (!line || talk.querySelector("[data-me]")?.dataset.me === detail.person) continue
    const name = [...list.querySelectorAll(`[data-author="${CSS.escape(detail.person)}"] .message__name`)].pop()?.textContent
    const words = line.querySelector("[data-typing-words]")
    words.dataset.plain ??= words.textContent
    words.textContent = name ? `${name} ${words.dataset.plain}` : words.dataset.plain.replace(/^./, c => c.toUpperCase())
    line.dataset.on = ""
    clearTimeout(shown.get(list))
    shown.set(list, setTimeout(() => typingEnds(list), 6000))
  }
})

function typingEnds(list) {
  const line = list.closest(".talk").querySelector("[data-typing]")
  if (line) delete line.dataset.on
}
