"use strict";
(function () {
  const form = document.getElementById("search");
  const find = document.getElementById("find");
  const shown = document.getElementById("shown");
  const kinds = Array.from(form.querySelectorAll("input[name=kind]"));
  const plain = (text) => text.toLowerCase().replace(/\s+/g, " ");
  // A code is found with its dot and without.
  const sections = Array.from(document.querySelectorAll("section[data-kind]"), (section) => ({
    section,
    box: kinds.find((box) => box.value === section.dataset.kind),
    count: section.querySelector("h3 .count"),
    rows: Array.from(section.querySelectorAll("tbody tr"), (row) => {
      const code = row.querySelector("th").lastChild.textContent.trim();
      const text = row.dataset.find || row.lastChild.textContent;
      return { row, text: plain([code, code.replace(".", ""), text].join(" ")) };
    }),
  }));
  function update() {
    const words = plain(find.value).trim().split(" ");
    let all = 0;
    let visible = 0;
    for (const { section, box, count, rows } of sections) {
      let here = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        here += row.hidden ? 0 : 1;
      }
      count.textContent = here === rows.length ? here : here + " of " + rows.length;
      section.hidden = here === 0 || !box.checked;
      all += rows.length;
      visible += section.hidden ? 0 : here;
    }
    shown.textContent = "Changes shown: " + (visible === all ? all : visible + " of " + all);
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  // A browser may bring back what was typed before the page was reloaded.
  update();
})();
