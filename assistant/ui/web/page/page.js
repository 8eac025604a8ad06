// The terminal takes keys while its hidden text area has the focus; the user need not click first.
new MutationObserver((changes, observer) => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (input && document.body.classList.contains("-first-byte")) {
    observer.disconnect();
    input.focus();
  }
}).observe(document, { attributes: true, attributeFilter: ["class"], subtree: true });
