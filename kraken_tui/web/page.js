// The terminal has the keyboard as soon as it draws, unless somebody is typing a code.
new MutationObserver((_, observer) => {
  const drawn = document.body.classList.contains("-first-byte");
  const input = document.querySelector(".xterm-helper-textarea");
  if (drawn && input) {
    observer.disconnect();
    if (!(document.activeElement instanceof HTMLInputElement)) input.focus();
  }
}).observe(document.documentElement, { attributes: true, subtree: true, attributeFilter: ["class"] });
