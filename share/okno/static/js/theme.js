// Theme: changes at once, then the choice is kept by the server.
import { send } from "./net.js"

export function startTheme() {
  document.addEventListener("change", event => {
    const form = event.target.closest("[data-theme-form]")
    if (!form) return
    document.documentElement.dataset.theme = event.target.value
    send("POST", form.action, new URLSearchParams(new FormData(form))).catch(() => {})
  })
}
