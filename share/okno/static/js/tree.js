// The tree of units: opening, search, keys, and editing in place (add, rename, move by choice or by drag, archive).
import { Refusal, send } from "./net.js"
import { folded } from "./forms.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const tree = () => document.getElementById("tree")
const unit = element => element?.closest("li[data-unit]")
const part = (item, name) => item.querySelector(`:scope > .tree__row ${name}`)
const inner = item => item.querySelector(":scope > ul")

/* Opening. What was opened by hand stays open in this browser. */
const opened = new Set(JSON.parse(localStorage.getItem("okno.tree") || "[]"))

function turn(item, open) {
  const button = part(item, ".tree__turn"), list = inner(item)
  if (!button || !list) return
  button.setAttribute("aria-expanded", open)
  list.hidden = !open
  open ? opened.add(item.dataset.unit) : opened.delete(item.dataset.unit)
  localStorage.setItem("okno.tree", JSON.stringify([...opened]))
}
const isOpen = item => part(item, ".tree__turn")?.getAttribute("aria-expanded") === "true"

function restore() {
  tree()?.querySelectorAll("li[data-unit]").forEach(item => { if (opened.has(item.dataset.unit)) turn(item, true) })
  tree()?.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" })
}

document.addEventListener("click", event => {
  const button = event.target.closest(".tree__turn")
  if (button) turn(unit(button), button.getAttribute("aria-expanded") !== "true")
  const name = event.target.closest("#tree a.tree__name")
  if (name && !event.ctrlKey && !event.metaKey) choose(name)
})

function choose(name) {
  tree().querySelectorAll('.tree__row[aria-current]').forEach(row => row.removeAttribute("aria-current"))
  name.parentElement.setAttribute("aria-current", "page")
  if (location.hash === "#structure") history.replaceState(history.state, "", "#people")
}

/* Search shows the units found and the way to them. */
document.addEventListener("input", event => {
  if (!event.target.matches("[data-tree-search]")) return
  const asked = folded(event.target.value)
  let any = false
  const show = item => {
    const own = !asked || folded(item.dataset.name).includes(asked)
    const below = [...inner(item)?.children ?? []].map(show).some(Boolean)
    item.hidden = !own && !below
    if (asked && below) { inner(item).hidden = false; part(item, ".tree__turn").setAttribute("aria-expanded", true) }
    if (!asked && inner(item)) { const open = opened.has(item.dataset.unit) || Boolean(item.querySelector("li [aria-current]")); inner(item).hidden = !open; part(item, ".tree__turn").setAttribute("aria-expanded", open) }
    any ||= own
    return own || below
  }
  tree().querySelectorAll("[data-root] > ul > li").forEach(show)
  tree().querySelector("[data-tree-none]").hidden = !asked || any
})

/* Keys: up and down between units, left and right close and open, F2 renames. */
document.addEventListener("keydown", event => {
  const name = event.target.closest("#tree a.tree__name")
  if (!name) return
  const item = unit(name), all = [...tree().querySelectorAll("a.tree__name")].filter(each => each.offsetParent)
  const step = by => all[all.indexOf(name) + by]?.focus()
  if (event.key === "ArrowDown") step(1)
  else if (event.key === "ArrowUp") step(-1)
  else if (event.key === "ArrowRight" && item) isOpen(item) ? step(1) : turn(item, true)
  else if (event.key === "ArrowLeft" && item) isOpen(item) ? turn(item, false) : part(item.parentElement.closest("li"), "a")?.focus()
  else if (event.key === "F2" && item && "editable" in tree().dataset) rename(item)
  else return
  event.preventDefault()
})

/* The menu of a unit */
let subject = null
const menu = () => tree().querySelector("[data-unit-menu]")

document.addEventListener("click", event => {
  const more = event.target.closest("[data-unit-more]")
  if (more) return openMenu(more)
  if (event.target.closest("[data-unit-add]") && tree()) { event.preventDefault(); return add(null) }
  const act = event.target.closest("[data-unit-menu] [data-act]")?.dataset.act
  if (!act) return
  menu().hidePopover()
  if (act === "add") add(subject)
  if (act === "rename") rename(subject)
  if (act === "move") ask(move(subject))
  if (act === "archive") ask(archive(subject))
})

function openMenu(more) {
  subject = unit(more)
  const list = menu()
  list.querySelector("[data-act=edit]").href = `/units/${subject.dataset.unit}`
  more.setAttribute("aria-expanded", true)
  list.addEventListener("toggle", event => { if (event.newState === "closed") { more.setAttribute("aria-expanded", false); more.focus() } }, { once: true })
  list.showPopover()
  const edge = more.getBoundingClientRect()
  list.style.left = `${Math.max(8, Math.min(edge.left, innerWidth - list.offsetWidth - 8))}px`
  list.style.top = `${edge.bottom + list.offsetHeight + 8 > innerHeight ? edge.top - list.offsetHeight - 4 : edge.bottom + 4}px`
  list.querySelector(".menu__item").focus()
}

/* Adding and renaming: a line of the tree becomes a field. */
function line(action, method, parent, name) {
  const form = tree().querySelector("[data-unit-line]").content.cloneNode(true).firstElementChild
  form.action = action
  form.elements._method.value = method
  if (parent === null) form.elements.parent.remove()
  else form.elements.parent.value = parent
  form.elements.name.value = name
  return form
}

function add(item) {
  if (item) turn(item, true)
  const place = item ? inner(item) ?? item.appendChild(document.createElement("ul")) : tree().querySelector("[data-root] > ul")
  const made = document.createElement("li")
  const form = line("/units", "POST", item?.dataset.unit ?? "", "")
  made.append(form)
  place.prepend(made)
  place.hidden = false
  edit(form, () => made.remove())
}

function rename(item) {
  const row = item.querySelector(":scope > .tree__row")
  const form = line(`/units/${item.dataset.unit}`, "PUT", null, item.dataset.name)
  row.hidden = true
  row.after(form)
  edit(form, () => { form.remove(); row.hidden = false; row.querySelector("a").focus() })
}

function edit(form, drop) {
  const field = form.elements.name, before = field.value
  field.focus()
  field.select()
  form.addEventListener("keydown", event => { if (event.key === "Escape") { event.stopPropagation(); drop() } })
  form.addEventListener("focusout", event => { if (!form.contains(event.relatedTarget) && field.value.trim() === before) drop() })
  form.addEventListener("submit", event => {
    event.preventDefault()
    if (field.value.trim() === before) return drop()
    write(form)
  })
}

/* Moving and archiving ask in a dialog. */
function move(item, to) {
  const dialog = tree().querySelector("[data-unit-move]"), list = dialog.querySelector("select")
  prepare(dialog, item, `/units/${item.dataset.unit}/parent`)
  const choices = [option("", tree().querySelector("[data-root] > .tree__row .tree__name").textContent, 0)]
  tree().querySelectorAll("li[data-unit]").forEach(each => { if (!item.contains(each)) choices.push(option(each.dataset.unit, each.dataset.name, depth(each))) })
  list.replaceChildren(...choices)
  list.value = to ?? unit(item.parentElement)?.dataset.unit ?? ""
  return dialog
}
const archive = item => prepare(tree().querySelector("[data-unit-archive]"), item, `/units/${item.dataset.unit}`)

function prepare(dialog, item, action) {
  dialog.querySelector("form").action = action
  dialog.querySelector("[data-name]").textContent = `«${item.dataset.name}»`
  fail(dialog, "")
  return dialog
}
const ask = dialog => dialog.showModal()
const depth = item => { let level = 1; while ((item = unit(item.parentElement))) level += 1; return level }
const option = (id, name, level) => new Option("\u00a0".repeat(level * 4) + name, id)

document.addEventListener("submit", event => {
  if (!event.target.closest("[data-unit-move], [data-unit-archive]")) return
  event.preventDefault()
  write(event.target)
})

/* Dragging a unit onto another opens the same dialog, filled. */
let dragged = null
document.addEventListener("dragstart", event => {
  dragged = unit(event.target)
  if (!dragged || !("editable" in tree().dataset)) return
  dragged.dataset.dragged = ""
  event.dataTransfer.effectAllowed = "move"
  event.dataTransfer.setData("text/plain", dragged.dataset.name)
})
document.addEventListener("dragover", event => {
  const row = target(event)
  tree()?.querySelectorAll("[data-over]").forEach(each => { if (each !== row) delete each.dataset.over })
  if (!row) return
  event.preventDefault()
  row.dataset.over = ""
})
document.addEventListener("drop", event => {
  const row = target(event)
  if (!row) return
  event.preventDefault()
  ask(move(dragged, unit(row)?.dataset.unit ?? ""))
})
document.addEventListener("dragend", () => {
  if (dragged) delete dragged.dataset.dragged
  dragged = null
  tree()?.querySelectorAll("[data-over]").forEach(each => delete each.dataset.over)
})

function target(event) {
  const row = dragged && event.target.closest?.("[data-tree] .tree__row")
  return row && !dragged.contains(row) && unit(row) !== unit(dragged.parentElement) ? row : null
}

/* Writing: the server decides; afterwards tree and list are read again. */
async function write(form) {
  const button = form.querySelector("button:not([type=button])")
  button.disabled = true
  try {
    await send("POST", form.action, new URLSearchParams(new FormData(form)))
    form.closest("dialog")?.close()
    await read()
  } catch (error) {
    button.disabled = false
    fail(form, error instanceof Refusal ? error.message : word("offline"))
  }
}

function fail(box, words) {
  const error = box.querySelector(".field__error")
  error.textContent = words
  error.hidden = !words
}

async function read() {
  const answer = await fetch(location.href, { credentials: "same-origin" })
  if (!answer.ok) return say(word("failed"), { wrong: true })
  const page = new DOMParser().parseFromString(await answer.text(), "text/html")
  const scroll = tree().scrollTop
  for (const id of ["tree", "people"]) {
    const fresh = page.getElementById(id)
    if (!fresh) continue
    document.getElementById(id).replaceWith(document.adoptNode(fresh))
    window.htmx?.process(document.getElementById(id))
  }
  restore()
  tree().scrollTop = scroll
}

restore()
