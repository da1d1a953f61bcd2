// A keyboard on the glass: where the browser does not make the page shorter by itself, the page is as high as what is left to see,
// and the field that is being written in stays in sight.
export function startKeyboard() {
  const seen = window.visualViewport
  if (!seen) return
  const fit = () => {
    const covered = window.innerHeight - seen.height > 120 && seen.scale < 1.05
    document.documentElement.style.setProperty("--seen", covered ? `${Math.round(seen.height)}px` : "100dvh")
    document.documentElement.toggleAttribute("data-keyboard", covered)
    const field = document.activeElement
    if (covered && field?.matches("input, textarea")) field.scrollIntoView({ block: "nearest" })
    if (covered) window.scrollTo(0, 0)
  }
  seen.addEventListener("resize", fit)
}
