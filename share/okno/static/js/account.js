// Sign-in, invitation and the person's own page: showing a password, trying a theme at once.
import "./forms.js"

for (const eye of document.querySelectorAll("[data-password-eye]")) {
  const field = eye.parentElement.querySelector("input")
  eye.hidden = false
  eye.addEventListener("click", () => {
    const shown = field.type === "password"
    field.type = shown ? "text" : "password"
    eye.setAttribute("aria-pressed", shown)
    eye.setAttribute("aria-label", shown ? eye.dataset.hide : eye.dataset.show)
    eye.title = eye.getAttribute("aria-label")
    field.focus()
  })
  // A password shown on the screen must not be remembered by the browser as an ordinary text.
  field.form.addEventListener("submit", () => { field.type = "password" })
}

for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.addEventListener("change", () => { document.documentElement.dataset.theme = choice.value })
}
