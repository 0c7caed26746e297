// What stands beside the tables: the source text, or the page of a PDF, with what is chosen highlighted. Document text goes into
// the page as text nodes only, so nothing in it is ever run or interpreted.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    const plain = name.startsWith("aria-") ? value : value || value === 0 || value === "" ? value : null;
    if (plain === null || plain === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

class Source {
  setText(text) {
    this.text = text;
    this.chars = Array.from(text);
    this.starts = [0];
    this.chars.forEach((char, at) => char === "\n" && this.starts.push(at + 1));
  }

  highlights() {
    const finding = this.findings.get(this.finding);
    if (finding) return [...finding.spans, ...finding.cells.flatMap((address) => this.cells.get(address).spans)];
    const cell = this.cells.get(this.selected);
    if (!cell) return [];
    const key = this.rowOf.get(cell.address);
    return cell.spans.length ? cell.spans : key ? [this.screen.open[key].span] : [];
  }

  paintSource(scroll) {
    if (this.data.pages && this.view === "page") { this.paintPage(scroll); return; }
    const marked = this.highlights();
    const pointing = this.mode === "point";
    const edges = new Set();
    for (const [start, end] of marked) { edges.add(start); edges.add(end); }
    const owners = this.owners;
    let next = 0;
    const lines = this.starts.map((start, at) => {
      const end = at + 1 < this.starts.length ? this.starts[at + 1] - 1 : this.chars.length;
      const cuts = new Set([start, end]);
      while (next < owners.length && owners[next][1] <= start) next += 1;
      const here = [];
      for (let n = next; n < owners.length && owners[n][0] < end; n += 1) { here.push(owners[n]); cuts.add(Math.max(start, owners[n][0])); cuts.add(Math.min(end, owners[n][1])); }
      for (const edge of edges) if (edge > start && edge < end) cuts.add(edge);
      if (pointing) for (const match of this.chars.slice(start, end).join("").matchAll(/\d[\d,，]*(?:\.\d+)?/g)) {
        const from = start + Array.from(this.slice(start, end).slice(0, match.index)).length;
        cuts.add(from);
        cuts.add(from + match[0].length);
      }
      const points = [...cuts].sort((a, b) => a - b);
      const pieces = points.slice(1).map((to, n) => this.piece(points[n], to, here, marked, pointing));
      return el("div", { class: "line" }, pieces.length ? pieces : "\u200b");
    });
    if (this.screen.cut) lines.push(el("p", { class: "none" }, this.words.cut));
    this.source.replaceChildren(...lines);
    if (scroll) this.scrollToMark();
  }

  slice(start, end) { return this.chars.slice(start, end).join(""); }

  piece(from, to, owners, marked, pointing) {
    const text = this.slice(from, to);
    const owner = owners.find(([start, end]) => start <= from && to <= end);
    const lit = marked.some(([start, end]) => start <= from && to <= end && end > start);
    if (pointing && /^\d[\d,，.]*$/.test(text))
      return el("button", { type: "button", class: "number", "data-name": `number ${from}`, onclick: () => this.point(from, to) }, text);
    if (!owner && !lit) return text.split(/(\t)/).filter(Boolean).map((part) => (part === "\t" ? el("span", { class: "tab" }, part) : part));
    return el(lit ? "mark" : "span", { class: owner ? "owned" : null, "data-address": owner ? owner[2] : null }, text);
  }

  point(from, to) {
    this.form.written = this.slice(from, to);
    this.form.span = [from, to];
    this.mode = "edit";
    this.refresh(false);
    this.detail.querySelector("input").focus();
  }

  clickSource(event) {
    const address = event.target.getAttribute && event.target.getAttribute("data-address");
    if (!address || this.mode === "point") return;
    this.select(address);
    this.cellNodes.get(address).scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  scrollToMark() {
    const mark = this.source.querySelector("mark, .frame");
    if (!mark) return;
    const box = mark.getBoundingClientRect();
    const frame = this.source.getBoundingClientRect();
    this.source.scrollTop += box.top - frame.top - frame.height / 3;
    this.source.scrollLeft += box.left - frame.left - frame.width / 3;
  }

  paintPage(scroll) {
    const { pages } = this.data;
    const addresses = this.finding ? this.findings.get(this.finding).cells : this.selected ? [this.selected] : [];
    const frames = addresses.map((address) => pages.frames[address]).filter(Boolean);
    const wanted = frames.length ? frames[0][0] : pages.number;
    if (wanted !== pages.number && scroll) { this.act("page", { number: wanted }); return; }
    const turn = (word, number) => el("button", { type: "button", "data-name": `turn ${number}`, disabled: number < 1 || number > pages.count, onclick: () => { this.selected = this.finding = null; this.act("page", { number }); } }, word);
    const picture = el("img", { src: `data:image/png;base64,${pages.picture}`, alt: `${this.words.page_picture} ${pages.number} / ${pages.count}` });
    const percent = (value) => `${(100 * value).toFixed(3)}%`;
    const boxes = frames.filter((frame) => frame[0] === pages.number).map(([, x0, top, x1, bottom]) =>
      el("div", { class: "frame", "aria-hidden": "true", style: `left:${percent(x0)};top:${percent(top)};width:${percent(x1 - x0)};height:${percent(bottom - top)}` }));
    const missing = addresses.length && !frames.length ? el("p", { class: "hint" }, this.words.no_frame) : null;
    const sheet = el("div", { class: "sheet" }, picture, boxes);
    const zoom = el("button", { type: "button", "data-name": "zoom", onclick: () => { this.zoomed = !this.zoomed; this.paintPage(false); } }, this.zoomed ? this.words.fit : this.words.zoom);
    this.turner.replaceChildren(turn("‹", pages.number - 1), ` ${pages.number} / ${pages.count} `, turn("›", pages.number + 1), zoom);
    this.source.replaceChildren(missing || "", sheet);
    const fit = () => {
      sheet.classList.toggle("wide", picture.naturalWidth > picture.naturalHeight);
      sheet.classList.toggle("zoomed", Boolean(this.zoomed));
      this.scrollToMark();
    };
    if (picture.complete) fit();
    else picture.addEventListener("load", fit);
  }
}
