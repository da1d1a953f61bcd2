// The board: a card is carried by mouse, by a long press of a finger, or by keys, and is put down as the same act as on the request's
// page. The server says of every column what putting the card there would be; a refused card returns to its place.
import { offerUndo } from "./acts.js"
import { open } from "./dialogs.js"
import { refresh, subscribe } from "./live.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const board = document.querySelector("[data-board]")
const forms = document.getElementById("board-forms")
const spoken = document.getElementById("spoken")
const texts = document.getElementById("board-words")?.content
let carried        // {card, from, number, column, byKeys, ghost, moves}
let pressed        // a pointer that is down on a card and has not begun to carry
let later          // changes that came while a card was carried or pressed

const cardOf = target => target?.closest?.(".board-card")
const columnOf = card => card.closest("[data-column]")
const columns = () => [...board.querySelectorAll("[data-column]")]
const list = column => column.querySelector("[data-cards]")
const told = (key, values) => texts.querySelector(`[data-${key}]`).textContent.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
const speak = (key, values) => { spoken.textContent = told(key, values) }
const shown = number => `№\u00a0${number}`

// ---- What may be done

async function askMoves(card) {
  const fields = new URLSearchParams({ by: board.dataset.board })
  for (const column of columns()) fields.append("key", column.dataset.column)
  const answer = await send("GET", `${board.dataset.moves}/${card.dataset.number}?${fields}`)
  return answer.json()
}

function mark(carry) {
  for (const column of columns()) {
    const move = carry.moves.columns[column.dataset.column] ?? {}
    column.dataset.may = move.stays ? "own" : move.why ? "no" : "yes"
    const why = column.querySelector("[data-why]")
    why.textContent = move.why ?? ""
    why.hidden = !move.why
  }
}

function begin(card, byKeys) {
  carried = { card, number: card.dataset.number, from: columnOf(card), next: card.nextElementSibling, byKeys, column: columnOf(card) }
  card.dataset.carried = ""
  board.dataset.carrying = byKeys ? "keys" : "pointer"
  const carry = carried
  carry.asked = askMoves(card).then(moves => {
    carry.moves = moves
    if (carried === carry) { mark(carry); if (byKeys) sayColumn() }
  })
  carry.asked.catch(error => { if (carried === carry) { end(); say(error.status ? error.message : word("offline"), { wrong: true }) } })
  if (byKeys) speak("picked", { number: shown(carry.number) })
}

function end() {
  const carry = carried
  carried = undefined
  if (!carry) return
  carry.ghost?.remove()
  delete carry.card.dataset.carried
  delete board.dataset.carrying
  for (const column of columns()) {
    delete column.dataset.may
    delete column.dataset.over
    column.querySelector("[data-why]").hidden = true
  }
  takeLater()
  return carry
}

function giveUp() {
  const carry = end()
  if (!carry) return
  speak("back", { number: shown(carry.number) })
  if (carry.byKeys) focus(carry.card)
}

// ---- Putting down

async function put() {
  const carry = carried, column = carry.column
  if (!column || column === carry.from) return giveUp()
  try { await carry.asked } catch { return }
  if (carried !== carry) return
  const move = carry.moves.columns[column.dataset.column]
  if (!move || move.stays) return giveUp()
  if (move.why) {
    say(move.why, { wrong: true })
    return giveUp()
  }
  end()
  if (move.form && await dialog(carry, move.form)) return
  await act(carry, column, move)
}

async function act(carry, column, move) {
  // What came while it was carried may have put a new card in its place.
  const card = board.querySelector(`[data-id="${carry.card.dataset.id}"]`) ?? carry.card
  list(column).prepend(card)
  card.dataset.sending = ""
  if (carry.byKeys) focus(card)
  try {
    const answer = await send("POST", move.path, new URLSearchParams({ ...move.fields, version: carry.moves.version }))
    offerUndo(answer.headers.get("Okno-Undo"))
    speak("put", { number: shown(carry.number), column: column.dataset.title })
  } catch (error) {
    if (carry.from.isConnected) list(carry.from).insertBefore(card, carry.next?.parentElement === list(carry.from) ? carry.next : null)
    say(error.status ? error.message : word("offline"), { wrong: true })
    if (carry.byKeys) focus(card)
  } finally {
    delete card.dataset.sending
    refresh()
  }
}

/** The little form of the request's own page; false when its page has none of this name. */
async function dialog(carry, name) {
  try {
    forms.innerHTML = await (await send("GET", `/requests/${carry.number}/acts`)).text()
  } catch (error) {
    say(error.status ? error.message : word("offline"), { wrong: true })
    return true
  }
  const found = forms.querySelector(`dialog#${name}`)
  forms.replaceChildren(...(found ? [found] : []))
  if (!found) return false
  found.addEventListener("close", () => { if (carry.byKeys) focus(carry.card) })
  open(found)
  return true
}

// ---- Pointers

const reach = { mouse: 5, pen: 8 }
const holdFor = 350

board?.addEventListener("pointerdown", event => {
  const card = cardOf(event.target)
  if (!card || event.button !== 0 || !event.isPrimary || carried || card.dataset.sending !== undefined) return
  pressed = { card, id: event.pointerId, kind: event.pointerType, x: event.clientX, y: event.clientY }
  if (event.pointerType === "touch") pressed.timer = setTimeout(() => lift(pressed), holdFor)
})

function lift(press) {
  if (!press || press !== pressed) return
  clearTimeout(press.timer)
  pressed = undefined
  const box = press.card.getBoundingClientRect()
  begin(press.card, false)
  const ghost = press.card.cloneNode(true)
  ghost.className += " board-ghost"
  ghost.removeAttribute("data-carried")
  ghost.style.width = `${box.width}px`
  ghost.setAttribute("aria-hidden", "true")
  document.body.append(ghost)
  Object.assign(carried, { ghost, id: press.id, dx: press.x - box.left, dy: press.y - box.top, x: press.x, y: press.y })
  measure()
  draw()
  if (press.kind === "touch") navigator.vibrate?.(15)
}

// Boxes of the columns are measured once and not at every move: reading them would lay the page out each time.
function measure() {
  carried.boxes = columns().map(column => { const box = column.getBoundingClientRect(); return { column, left: box.left, right: box.right } })
  carried.scroll = board.scrollLeft
  carried.edge = board.getBoundingClientRect()
}

document.addEventListener("pointermove", event => {
  if (pressed && event.pointerId === pressed.id) {
    const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y)
    if (pressed.kind === "touch") { if (far > 10) letGo() } else if (far > (reach[pressed.kind] ?? 5)) lift(pressed)
  }
  if (!carried?.ghost || event.pointerId !== carried.id) return
  carried.x = event.clientX
  carried.y = event.clientY
  carried.frame ??= requestAnimationFrame(draw)
})

function draw() {
  if (!carried?.ghost) return
  carried.frame = undefined
  const { ghost, x, y, dx, dy, edge } = carried
  ghost.style.transform = `translate3d(${x - dx}px, ${y - dy}px, 0) rotate(1.5deg)`
  // Near the left and right edges the board moves by itself.
  const push = x > edge.right - 48 ? 14 : x < edge.left + 48 ? -14 : 0
  if (push) {
    board.scrollLeft += push
    carried.frame = requestAnimationFrame(draw)
  }
  const at = x + board.scrollLeft - carried.scroll
  over(carried.boxes.find(box => at >= box.left && at <= box.right)?.column)
}

function over(column) {
  if (carried.column !== column) {
    if (carried.column) delete carried.column.dataset.over
    carried.column = column
  }
  if (column) column.dataset.over = ""
}

function letGo() {
  clearTimeout(pressed?.timer)
  pressed = undefined
  takeLater()
}

document.addEventListener("pointerup", event => {
  letGo()
  if (!carried?.ghost || event.pointerId !== carried.id) return
  // Where it is put down, not where it was when it was last drawn.
  Object.assign(carried, { x: event.clientX, y: event.clientY })
  draw()
  swallowClick()
  put()
})
document.addEventListener("pointercancel", event => {
  letGo()
  if (carried?.ghost && event.pointerId === carried.id) giveUp()
})
// Once a finger carries a card, the page does not scroll under it, and no menu of the link opens.
board?.addEventListener("touchmove", event => { if (carried?.ghost) event.preventDefault() }, { passive: false })
board?.addEventListener("contextmenu", event => { if (pressed?.kind === "touch" || carried?.ghost) event.preventDefault() })
board?.addEventListener("dragstart", event => { if (cardOf(event.target)) event.preventDefault() })

function swallowClick() {
  const swallow = event => { event.preventDefault(); event.stopPropagation() }
  addEventListener("click", swallow, { capture: true, once: true })
  setTimeout(() => removeEventListener("click", swallow, true), 50)
}

// ---- Keys

document.addEventListener("keydown", event => {
  if (!board || event.ctrlKey || event.metaKey || event.altKey) return
  if (carried) {
    if (event.key === "Escape") giveUp()
    else if (!carried.byKeys) return
    else if (event.key === "Enter" || event.key === " ") put()
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const all = columns()
      const next = all[all.indexOf(carried.column) + (event.key === "ArrowRight" ? 1 : -1)]
      if (next) { over(next); next.scrollIntoView({ block: "nearest", inline: "nearest" }); sayColumn() }
    } else if (event.key === "Tab") { giveUp(); return } else return
    event.preventDefault()
    event.stopPropagation()
    return
  }
  const card = cardOf(document.activeElement)
  if (!card || !document.activeElement.matches(".board-card__link")) return
  if (event.key === " ") { begin(card, true); over(columnOf(card)) } else if (event.key.startsWith("Arrow")) { walk(card, event.key) } else return
  event.preventDefault()
}, true)

function walk(card, key) {
  const column = columnOf(card), place = [...list(column).children].indexOf(card)
  if (key === "ArrowDown" || key === "ArrowUp") return focus(list(column).children[place + (key === "ArrowDown" ? 1 : -1)])
  const all = columns(), by = key === "ArrowRight" ? 1 : -1
  for (let i = all.indexOf(column) + by; all[i]; i += by) {
    const cards = list(all[i]).children
    if (cards.length) return focus(cards[Math.min(place, cards.length - 1)])
  }
}

function focus(card) {
  card?.querySelector(".board-card__link")?.focus()
  card?.scrollIntoView({ block: "nearest", inline: "nearest" })
}

function sayColumn() {
  const column = carried.column, move = carried.moves?.columns[column?.dataset.column]
  if (!column || !move) return
  const values = { column: column.dataset.title, why: move.why ?? "" }
  speak(move.stays ? "own" : move.why ? "refused" : "over", values)
}

// ---- News

/** Puts the order of the server into the columns: cards that changed are new, the others only move. */
function takeBoard(part, text) {
  if (carried || pressed) { later = text; return }
  const holder = document.createElement("template")
  holder.innerHTML = text
  const news = holder.content.querySelector("[data-board-seq]")
  if (!news) return
  const focused = cardOf(document.activeElement)?.dataset.id
  const cards = new Map([...board.querySelectorAll(".board-card")].map(card => [card.dataset.id, card]))
  for (const card of news.querySelectorAll(".board-card")) {
    const old = cards.get(card.dataset.id)
    if (!old) card.dataset.fresh = ""
    cards.set(card.dataset.id, card)
    old?.remove()
  }
  const sections = [...news.querySelectorAll("[data-column]")], shownColumns = columns()
  const wanted = sections.flatMap(section => section.dataset.ids.split(" ").filter(Boolean))
  // A column or a card that this page has never seen: the whole board is read once more.
  if (sections.map(each => each.dataset.column).join() !== shownColumns.map(each => each.dataset.column).join() || wanted.some(id => !cards.has(id))) return reread()
  for (const [i, section] of sections.entries()) {
    const column = shownColumns[i], ids = section.dataset.ids.split(" ").filter(Boolean)
    arrange(list(column), ids.map(id => cards.get(id)))
    column.querySelector(".column__empty").hidden = ids.length > 0
    replace(column.querySelector(".column__head"), section.querySelector(".column__head"))
    replace(column.querySelector("[data-more]"), section.querySelector("[data-more]"))
  }
  board.dataset.src = `${board.dataset.base}&after=${news.dataset.boardSeq}`
  if (focused) board.querySelector(`[data-id="${focused}"] .board-card__link`)?.focus({ preventScroll: true })
}

function takeLater() {
  if (!later || carried || pressed) return
  const html = later
  later = undefined
  takeBoard(board, html)
}

function arrange(into, cards) {
  const kept = new Set(cards)
  for (const card of [...into.children]) if (!kept.has(card)) card.remove()
  cards.forEach((card, place) => { if (into.children[place] !== card) into.insertBefore(card, into.children[place] ?? null) })
}

const plain = html => html.replace(/value="[0-9a-f]{256}"/g, "")
function replace(old, fresh) {
  if (old.querySelector("details[open]") || plain(old.innerHTML) === plain(fresh.innerHTML)) return
  old.replaceChildren(...fresh.childNodes)
}

async function reread() {
  const page = new DOMParser().parseFromString(await (await send("GET", location.href)).text(), "text/html")
  const fresh = page.querySelector("[data-board]")
  if (!fresh || carried) return
  const places = new Map(columns().map(column => [column.dataset.column, list(column).scrollTop]))
  const focused = cardOf(document.activeElement)?.dataset.id, left = board.scrollLeft
  for (const name of ["src", "base", "live"]) board.dataset[name] = fresh.dataset[name]
  board.replaceChildren(...fresh.children)
  for (const column of columns()) list(column).scrollTop = places.get(column.dataset.column) ?? 0
  board.scrollLeft = left
  if (focused) board.querySelector(`[data-id="${focused}"] .board-card__link`)?.focus({ preventScroll: true })
  subscribe()
}

document.addEventListener("okno:news", event => { if (event.detail.part === board) takeBoard(board, event.detail.html) })
