// Tells what happened: to screen readers always, to the eyes where it would not be seen otherwise.

let timer = 0;

/** Says a text politely; `visible` also shows it for a few seconds. */
export function announce(text, visible = false) {
  document.getElementById("status").textContent = text;
  if (!visible) return;
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("shown"), 3500);
}

/** Puts a text on the clipboard and says so. */
export async function copy(text, told) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages that are not served securely have no clipboard of their own.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(told, true);
}
