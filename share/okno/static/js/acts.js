// Acts are forms marked data-act: sent without leaving the page, then everything live is read again.
import { refresh } from "./live.js"
import { send } from "./net.js"
import { say } from "./toast.js"
import { word } from "./words.js"

const sending = new WeakSet()

/** The server says how an act is taken back: eight seconds to do so. */
export function offerUndo(header) {
  if (!header) return
  const { words, path, fields } = JSON.parse(decodeURIComponent(header))
  say(words, {
    act: word("undo"),
    // An act on a version is taken back only while nothing came after it: the next one's offer takes its place.
    about: fields.version && path.split("/", 3).join("/"),
    run: async () => {
      try {
        await send("POST", path, new URLSearchParams(fields))
      } catch (error) {
        say(error.status ? error.message : word("offline"), { wrong: true })
      }
      refresh()
    },
  })
}

export function startActs() {
  document.addEventListener("submit", async event => {
    const form = event.target
    if (!form.matches("form[data-act]") || event.defaultPrevented) return
    event.preventDefault()
    if (sending.has(form)) return          // a double click is one act
    sending.add(form)
    const fields = new URLSearchParams(new FormData(form))
    if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value)
    try {
      const answer = await send("POST", form.getAttribute("action"), fields)
      const next = answer.headers.get("HX-Redirect")
      if (next) { location.assign(next); return }
      offerUndo(answer.headers.get("Okno-Undo"))
      form.closest("dialog")?.close()
      const menu = form.closest("details.menu")
      if (menu) menu.open = false
      if (document.activeElement?.form === form) document.activeElement.blur()
      refresh()
    } catch (error) {
      say(error.status ? error.message : word("offline"), { wrong: true })
      if (form.matches("[data-autosubmit]")) form.reset()
      if (error.status === 409) refresh()      // somebody else was first: show what is in force now
      else if (form.matches("[data-autosubmit]")) form.reset()
    } finally {
      sending.delete(form)
    }
  })
}
