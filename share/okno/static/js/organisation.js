// The organisation's page: the name of the chosen logo file, the accent colour tried at once and refused when it cannot be read.
import "./forms.js"

const logo = document.querySelector("[data-logo] input[type=file]")
logo?.addEventListener("change", () => { document.querySelector("[data-logo-name]").textContent = logo.files[0]?.name ?? "" })

const box = document.querySelector("[data-accent]")
if (box) {
  const own = box.querySelector("[name=accent]"), error = box.querySelector("[data-accent-error]"), sample = box.querySelector("[data-accent-sample]")
  box.querySelectorAll("[name=accent_ready]").forEach(ready => ready.addEventListener("change", () => { own.value = ready.value; attempt() }))
  own.addEventListener("input", () => {
    box.querySelectorAll("[name=accent_ready]").forEach(ready => { ready.checked = ready.value === own.value.toLowerCase() })
    attempt()
  })

  const attempt = () => {
    const colour = own.value.trim().toLowerCase()
    const known = /^#[0-9a-f]{6}$/.test(colour)
    const ratio = known ? contrast(colour) : 21
    const refused = known && ratio < 4.5
    error.hidden = !refused
    own.setAttribute("aria-invalid", refused)
    if (refused) error.textContent = box.dataset.refused.replace("{ratio}", ratio.toFixed(1).replace(".", document.documentElement.lang === "ru" ? "," : "."))
    for (const name of ["--accent", "--accent-ink"]) known ? sample.style.setProperty(name, colour) : sample.style.removeProperty(name)
  }
  attempt()
}

/** Contrast of white with a colour, as WCAG counts it. */
function contrast(colour) {
  const [r, g, b] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16) / 255).map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
  return 1.05 / (.2126 * r + .7152 * g + .0722 * b + .05)
}
