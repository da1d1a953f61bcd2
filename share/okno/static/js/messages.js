// What is done with a message that was sent: its menu, reactions, answering with a quote, changing in place, taking away.
import { offerUndo } from "./acts.js"
import { open as openDialog } from "./dialogs.js"
import { refresh } from "./live.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

let target, opener      // the message whose menu is open, and the button that opened it

const menu = () => document.getElementById("message-menu")
const address = message => `${message.closest("[data-src]").dataset.src}/${message.dataset.id}`
const wrong = error => say(error.status ? error.message : word("offline"), { wrong: true })

export function startMessages() {
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-message-menu]")
    if (button) return show(button)
    const reaction = event.target.closest("[data-react]")
    if (reaction) return react(reaction.closest("[data-id]"), reaction.dataset.react, reaction.getAttribute("aria-pressed") !== "true")
    const quoted = event.target.closest("[data-to-message]")
    if (quoted) return goTo(quoted)
    if (event.target.closest("[data-edit-cancel]")) return endEdit(event.target.closest("[data-id]"))
    const chosen = event.target.closest("#message-menu [data-menu-react]")
    if (chosen) { hide(); return react(target, chosen.dataset.menuReact, true) }
    const offer = event.target.closest("#message-menu [data-offer]:not([data-offer=react])")
    if (offer) { hide(); acts[offer.dataset.offer](target) }
  })
  document.addEventListener("keydown", event => {
    if (event.target.closest?.("#message-menu")) return alongMenu(event)
    const button = event.target.closest?.("[data-message-menu]")
    if (button && (event.key === "ArrowUp" || event.key === "ArrowDown")) { event.preventDefault(); step(button, event.key === "ArrowUp" ? -1 : 1) }
    if (event.target.matches?.("[data-message-edit] textarea")) {
      if (event.key === "Escape") endEdit(event.target.closest("[data-id]"))
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.target.form.requestSubmit() }
    }
  })
  document.addEventListener("submit", event => {
    if (!event.target.matches("[data-message-edit]")) return
    event.preventDefault()
    save(event.target)
  })
  document.addEventListener("focusin", event => {
    // One of the buttons is in the order of Tab: the last one, until the arrows go elsewhere.
    if (event.target.matches?.("[data-message-menu]")) roving(event.target)
  })
  document.addEventListener("scroll", event => { if (event.target.matches?.("[data-scroll]")) hide() }, { capture: true, passive: true })
}

/** To be called when entries have come: keeps one menu button in the order of Tab. */
export function rove(list) {
  const buttons = [...list.querySelectorAll("[data-message-menu]")]
  if (buttons.length && !buttons.some(button => button.tabIndex === 0)) buttons.at(-1).tabIndex = 0
}

function roving(button) {
  button.closest("[data-append]").querySelectorAll('[data-message-menu][tabindex="0"]').forEach(each => { each.tabIndex = -1 })
  button.tabIndex = 0
}

function step(button, by) {
  const buttons = [...button.closest("[data-append]").querySelectorAll("[data-message-menu]")]
  const next = buttons[buttons.indexOf(button) + by]
  next?.focus()
  next?.closest("[data-id]").scrollIntoView({ block: "nearest" })
}

// The menu

function show(button) {
  const box = menu()
  const again = opener === button && box.matches(":popover-open")
  hide()
  if (again) return
  opener = button
  target = button.closest("[data-id]")
  const may = target.dataset.may.split(" ")
  box.querySelectorAll("[data-offer]").forEach(item => { item.hidden = !may.includes(item.dataset.offer) })
  box.showPopover()
  const at = button.getBoundingClientRect(), size = box.getBoundingClientRect()
  box.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, target.matches(".message--own") ? at.left : at.right - size.width))}px`
  box.style.top = `${at.bottom + size.height + 12 < innerHeight ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`
  items()[0]?.focus({ preventScroll: true })
}

function hide() {
  const box = menu()
  if (!box?.matches(":popover-open")) return
  const inside = box.contains(document.activeElement)
  box.hidePopover()
  if (inside && opener?.isConnected) opener.focus({ preventScroll: true })
}

const items = () => [...menu().querySelectorAll("[role=menuitem]")].filter(item => !item.closest("[hidden]"))

function alongMenu(event) {
  const all = items(), at = all.indexOf(document.activeElement)
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
  if (by) { event.preventDefault(); all[(at + by + all.length) % all.length]?.focus() }
  if (event.key === "Home" || event.key === "End") { event.preventDefault(); all.at(event.key === "Home" ? 0 : -1)?.focus() }
  if (event.key === "Escape" || event.key === "Tab") { event.preventDefault(); hide() }
}

const acts = {
  quote(message) {
    const form = message.closest(".talk").querySelector("form[data-compose]")
    const name = message.querySelector(".message__name, .note__name")?.textContent ?? word("you")
    const text = message.querySelector(".text")?.textContent.trim() || message.querySelector(".file .cut, .picture span")?.textContent || ""
    form?.dispatchEvent(new CustomEvent("okno:quote", { detail: { id: message.dataset.id, name, text, note: message.matches(".note") } }))
  },
  async copy(message) {
    await navigator.clipboard.writeText(message.querySelector(".text")?.innerText ?? "")
    say(word("copied"))
  },
  async edit(message) {
    try {
      const html = await (await send("GET", `${address(message)}/text`)).text()
      const body = message.querySelector(".message__body") ?? message
      message.dataset.editing = ""
      body.insertAdjacentHTML("beforeend", html)
      const text = body.querySelector("[data-message-edit] textarea")
      text.focus()
      text.setSelectionRange(text.value.length, text.value.length)
    } catch (error) { wrong(error) }
  },
  async versions(message) {
    try {
      const dialog = document.getElementById("message-versions")
      dialog.querySelector("[data-versions]").innerHTML = await (await send("GET", `${address(message)}/versions`)).text()
      openDialog(dialog)
    } catch (error) { wrong(error) }
  },
  async remove(message) {
    try {
      offerUndo((await send("POST", `${address(message)}/removal`, new URLSearchParams())).headers.get("Okno-Undo"))
      refresh()
    } catch (error) { wrong(error) }
  },
  split(message) {
    const dialog = document.getElementById("split")
    dialog.querySelector('[name="message"]').value = message.dataset.id
    dialog.querySelector("[data-split-text]").value = message.querySelector(".text")?.textContent.trim() ?? ""
    openDialog(dialog)
  },
}

async function react(message, code, on) {
  const fields = new URLSearchParams({ code })
  if (!on) fields.set("_method", "DELETE")
  try {
    await send("POST", `${address(message)}/reactions`, fields)
    refresh()
  } catch (error) { wrong(error) }
}

// Changing in place

function endEdit(message) {
  message?.querySelector("[data-message-edit]")?.remove()
  delete message?.dataset.editing
  message?.querySelector("[data-message-menu]")?.focus({ preventScroll: true })
  refresh()
}

async function save(form) {
  try {
    await send("POST", form.getAttribute("action"), new URLSearchParams(new FormData(form)))
    endEdit(form.closest("[data-id]"))
  } catch (error) { wrong(error) }
}

function goTo(quote) {
  const message = quote.closest("[data-append]").querySelector(`[data-id="${CSS.escape(quote.dataset.toMessage)}"]`)
  if (!message) return say(word("above"))
  message.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" })
  message.classList.remove("message--shown")
  requestAnimationFrame(() => message.classList.add("message--shown"))
}
