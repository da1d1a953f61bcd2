// Dialogs, menus, drawers and small habits of forms, all by attributes:
//   data-dialog="id" opens, data-close closes · details.menu closes by Escape and a click outside · data-side="id" turns a drawer
//   data-autosubmit sends a form on change · data-reload reads the page again · <output for> follows its range
export function startDialogs() {
  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-dialog]")
    if (opener) return open(document.getElementById(opener.dataset.dialog))
    if (event.target.closest("[data-close]")) return event.target.closest("dialog")?.close()
    if (event.target.closest("[data-reload]")) return location.reload()
    const side = event.target.closest("[data-side]")
    if (side) return turn(document.getElementById(side.dataset.side))
    // The scrim of a dialog is the dialog itself.
    if (event.target.matches("dialog[open]") && outside(event.target, event)) event.target.close()
    if (!event.target.closest(".side, .context")) closeSides()
    if (event.target.closest(".menu__item:not(form .menu__item)")) closeMenus()
  })
  document.addEventListener("pointerdown", event => closeMenus(event.target.closest("details.menu")))
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape") return
    const menu = [...document.querySelectorAll("details.menu[open]")].pop()
    if (menu) { menu.open = false; menu.querySelector("summary").focus() } else closeSides()
  })
  document.addEventListener("toggle", event => {
    if (event.target.matches?.("details.menu[open]")) event.target.querySelector("[autofocus], .menu__list .input, .menu__list .range")?.focus()
  }, true)
  document.addEventListener("input", event => {
    if (event.target.type === "range") event.target.closest("form")?.querySelectorAll("output").forEach(o => { o.value = event.target.value })
  })
  document.addEventListener("change", event => {
    const form = event.target.form
    if (form?.matches("[data-autosubmit]")) form.requestSubmit()
  })
}

export function open(dialog) {
  if (!dialog) return
  closeMenus()
  dialog.showModal()
}

function outside(box, event) {
  const edge = box.getBoundingClientRect()
  return event.clientX < edge.left || event.clientX > edge.right || event.clientY < edge.top || event.clientY > edge.bottom
}

function closeMenus(except) {
  document.querySelectorAll("details.menu[open]").forEach(menu => { if (menu !== except && !menu.contains(except)) menu.open = false })
}

function turn(side) {
  if (!side) return
  const opened = side.toggleAttribute("data-open")
  document.querySelectorAll(`[data-side="${side.id}"][aria-expanded]`).forEach(b => b.setAttribute("aria-expanded", opened))
  if (opened) side.querySelector("[data-side]")?.focus()
  else document.querySelector(`[data-side="${side.id}"][aria-expanded]`)?.focus()
}

function closeSides() {
  document.querySelectorAll(":is(.side, .context)[data-open]").forEach(turn)
}
