// The review screen: findings and tables in the official layout, the chosen cell and its correction. Goes on from source.js.

const SCREENS = new WeakMap();

class Screen extends Source {
  constructor(root) {
    super();
    this.root = root;
    this.selected = null;
    this.finding = null;
    this.opened = null;
    this.mode = null;
    this.view = "text";
    this.hidden = new Set();
    this.form = { written: "", reason: "", span: null };
  }

  show(component) {
    const { data, setTriggerValue } = component;
    const sameItem = this.data && this.data.item === data.item;
    const scrolled = sameItem ? this.scrolls() : null;
    const focused = this.focusName();
    this.act = (kind, more) => setTriggerValue("act", { kind, ...more });
    if (!sameItem) {
      this.selected = this.finding = this.opened = this.mode = null;
      this.view = data.pages ? "page" : "text";
    } else if (data.revision !== this.data.revision && !data.problem) {
      this.mode = null;
    }
    this.data = data;
    this.problem = data.problem;
    this.words = data.words;
    this.screen = data.screen;
    if (!sameItem || data.screen.text !== this.text) this.setText(data.screen.text);
    this.index();
    this.build();
    if (scrolled) this.restore(scrolled);
    this.refresh(false);
    if (focused) this.refocus(focused);
  }

  index() {
    this.cells = new Map();
    for (const table of this.screen.tables)
      for (const row of table.rows) for (const cell of row) if (cell.address) this.cells.set(cell.address, cell);
    this.findings = new Map(this.screen.findings.map((one) => [one.id, one]));
    this.owners = [];
    for (const cell of this.cells.values()) for (const [start, end] of cell.spans) this.owners.push([start, end, cell.address]);
    this.owners.sort((a, b) => a[0] - b[0]);
    this.rowOf = new Map();
    for (const [key, row] of Object.entries(this.screen.open)) for (const address of row.cells) this.rowOf.set(address, key);
  }

  // ---- building -------------------------------------------------------------------------------------------------

  build() {
    this.cellNodes = new Map();
    this.findingNodes = new Map();
    this.left = el("div", { class: "tables", tabindex: 0, role: "region", "aria-label": this.words.tables }, this.tables());
    this.detail = el("div", { class: "detail", role: "region", "aria-label": this.words.detail, "aria-live": "polite" });
    this.source = el("div", { class: "source", tabindex: 0, role: "region", "aria-label": this.words.source, lang: "zh" });
    this.source.addEventListener("click", (event) => this.clickSource(event));
    this.right = el("div", { class: "right" }, this.detail, this.viewSwitch(), this.source);
    this.root.replaceChildren(this.head(), el("div", { class: "panes" }, el("div", { class: "left" }, this.findingList(), this.left), this.right));
    this.paintSource();
  }

  head() {
    const { head } = this.screen;
    const counts = head.counts.map((one) =>
      el("li", { class: `count ${one.count ? one.standing : ""}` }, el("b", {}, one.count), ` ${one.word} `, one.mark && el("span", { class: "mark" }, one.mark)));
    const grave = head.severities.map((one) =>
      el("li", { class: `count severity ${one.count ? one.severity : ""}` }, el("b", {}, one.count), ` ${one.word}`));
    return el("header", {}, el("h2", { tabindex: -1 }, head.title), el("p", { class: "particulars" }, head.particulars),
      el("div", { class: "summary" }, el("ul", { class: "counts", "aria-label": this.words.counts }, counts, grave),
        this.data.corrections ? el("button", { type: "button", "data-name": "undo", onclick: () => this.act("undo", {}) }, `↶ ${this.words.undo} (${this.data.corrections})`) : null));
  }

  findingList() {
    const all = this.screen.findings;
    if (!all.length) return el("p", { class: "none" }, this.words.no_findings);
    const kinds = [["severity", "severity_word"], ["cause", "cause_word"]].flatMap(([field, word]) => {
      const found = [...new Map(all.map((one) => [one[field], one[word]]))];
      return found.length > 1 ? found.map(([value, name]) => [`${field}:${value}`, name]) : [];
    });
    const filters = kinds.map(([name, word]) =>
      el("button", { type: "button", class: "filter", "data-name": `filter ${name}`, "aria-pressed": !this.hidden.has(name), onclick: () => this.toggle(name) }, word));
    const shown = all.filter((one) => !this.hidden.has(`severity:${one.severity}`) && !this.hidden.has(`cause:${one.cause}`));
    const list = shown.map((one) => this.findingItem(one));
    return el("section", { class: "findings", "aria-label": this.words.findings },
      el("h3", {}, `${this.words.findings} (${shown.length}/${all.length})`),
      filters.length ? el("div", { class: "filters", role: "group", "aria-label": this.words.filter }, el("span", { "aria-hidden": "true" }, this.words.filter), filters) : null, el("ol", { tabindex: list.length ? null : 0 }, list));
  }

  findingItem(one) {
    const state = one.verdict ? this.words[one.verdict] : one.settled ? this.words.settled : null;
    const title = el("button", { type: "button", class: "finding-title", "data-name": `finding ${one.id}`, "aria-expanded": "false", onclick: () => this.selectFinding(one.id) },
      el("span", { class: `severity ${one.severity}` }, `${{ error: "‼", warning: "△", info: "ⓘ" }[one.severity]} ${one.severity_word}`),
      ` ${one.message} `, el("span", { class: "cause" }, `${one.cause_word}${state ? ` · ${state}` : ""}`));
    const item = el("li", { class: `finding ${one.severity} ${one.verdict || ""}` }, title, el("div", { class: "finding-body", hidden: true }));
    this.findingNodes.set(one.id, item);
    return item;
  }

  findingBody(one) {
    const line = (word, text) => text && el("p", {}, el("b", {}, `${word} `), text);
    const reason = el("input", { type: "text", maxlength: 200, "aria-label": this.words.reason, placeholder: this.words.reason, value: one.reason, "data-name": "verdict reason" });
    const judge = (verdict) => el("button", { type: "button", "aria-pressed": one.verdict === verdict, "data-name": `${verdict} ${one.id}`,
      onclick: () => this.act("judge", { finding: one.id, verdict: one.verdict === verdict ? null : verdict, reason: reason.value }) }, this.words[`do_${verdict}`]);
    return [line(this.words.formula, one.formula), ...one.others.map((text) => line(this.words.perhaps, text)), line(this.words.suggestion, one.suggestion),
      line(this.words.basis, `${one.basis} [${one.rule}]`), this.data.fixed ? null : el("div", { class: "judge" }, reason, judge("accepted"), judge("dismissed"))];
  }

  tables() {
    return this.screen.tables.map((table) => {
      if (!table.rows.length) return el("section", {}, el("h3", {}, table.title), el("p", { class: "none" }, this.words.no_table));
      const grid = [];
      const rows = table.rows.map((row, at) => el("tr", {}, row.map((cell) => {
        grid[at] = grid[at] || [];
        let column = 0;
        while (grid[at][column]) column += 1;
        for (let r = at; r < at + cell.rows; r += 1) for (let c = column; c < column + cell.columns; c += 1) (grid[r] = grid[r] || [])[c] = cell;
        return cell.address ? this.valueCell(cell) : this.headCell(cell);
      })));
      const node = el("table", { role: "grid", "aria-label": table.title, class: table.name, "aria-readonly": "false" }, el("tbody", {}, rows));
      node.addEventListener("keydown", (event) => this.key(event, grid));
      return el("section", {}, el("h3", {}, table.title), el("div", { class: "scroll" }, node));
    }).concat(this.legend());
  }

  headCell(cell) {
    const scope = cell.head === "rowgroup" ? "row" : cell.head === "colgroup" ? "colgroup" : cell.head;
    return el("th", { scope, rowspan: cell.rows, colspan: cell.columns, class: cell.head }, cell.text);
  }

  valueCell(cell) {
    const own = cell.person ? "✎" : "";
    const node = el("td", { rowspan: cell.rows, colspan: cell.columns, tabindex: -1, class: `cell ${cell.standing}`, "data-name": `cell ${cell.address}`,
      "aria-label": [cell.label, cell.value, cell.words, own && this.words.by_person, cell.beside && `${this.words.person_says} ${cell.beside}`].filter(Boolean).join("，"),
      title: cell.words, onclick: () => this.select(cell.address), ondblclick: () => this.edit(cell.address) },
      el("span", { class: "value" }, cell.value), cell.mark && el("span", { class: "mark", "aria-hidden": "true" }, cell.mark),
      own && el("span", { class: "mark", "aria-hidden": "true" }, own), cell.beside && el("span", { class: "beside", "aria-hidden": "true" }, `✎${cell.beside}`));
    this.cellNodes.set(cell.address, node);
    return node;
  }

  legend() {
    const marks = [...this.screen.legend.map((one) => `${one.mark} ${one.word}`), `✎ ${this.words.by_person}`];
    return el("p", { class: "legend" }, `${this.words.legend} ${marks.join("　")}`, this.data.fixed ? null : [el("br"), this.words.keys]);
  }

  viewSwitch() {
    if (!this.data.pages) return el("h3", { class: "view" }, this.words.source);
    const button = (view, word) => el("button", { type: "button", "aria-pressed": this.view === view, "data-name": `view ${view}`, onclick: () => { this.view = view; this.build(); this.refresh(true); } }, word);
    this.turner = el("span", { class: "turn" });
    return el("div", { class: "view", role: "group", "aria-label": this.words.source }, button("page", this.words.page_view), button("text", this.words.text_view), this.turner);
  }

  // ---- selecting ------------------------------------------------------------------------------------------------

  // What a click opened stays open: if the tables moved, the second click of a double click would hit another cell.
  select(address) {
    if (address !== this.selected) this.mode = this.problem = null;
    this.selected = address;
    this.finding = null;
    this.refresh(true);
  }

  selectFinding(id) {
    this.finding = this.finding === id ? null : id;
    this.opened = this.finding;
    this.mode = null;
    const one = this.findings.get(this.finding);
    this.selected = one && one.cells.length ? one.cells[0] : this.finding ? null : this.selected;
    this.refresh(true);
    if (one) this.findingNodes.get(id).scrollIntoView({ block: "nearest" });
    const node = this.selected && this.cellNodes.get(this.selected);
    if (one && node) node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  toggle(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    const kept = this.scrolls();
    const focused = this.focusName();
    this.build();
    this.restore(kept);
    this.refresh(false);
    this.refocus(focused);
  }

  refresh(scroll) {
    const finding = this.findings.get(this.finding);
    const named = new Set(finding ? finding.cells : []);
    const related = new Set(this.selected && !finding ? (this.cells.get(this.selected) || { findings: [] }).findings : []);
    for (const [address, node] of this.cellNodes) {
      node.classList.toggle("selected", address === this.selected);
      node.classList.toggle("named", named.has(address));
      node.setAttribute("aria-selected", address === this.selected);
      node.tabIndex = -1;
    }
    for (const table of this.root.querySelectorAll("table")) {
      const stop = table.querySelector("td.selected") || table.querySelector("td.cell");
      if (stop) stop.tabIndex = 0;
    }
    for (const [id, node] of this.findingNodes) {
      const open = id === this.opened;
      node.classList.toggle("selected", id === this.finding);
      node.classList.toggle("related", related.has(id));
      node.firstChild.setAttribute("aria-expanded", open);
      node.lastChild.hidden = !open;
      node.lastChild.replaceChildren(...(open ? this.findingBody(this.findings.get(id)).filter(Boolean) : []));
    }
    this.paintDetail();
    this.paintSource(scroll);
  }

  key(event, grid) {
    const name = event.target.getAttribute("data-name") || "";
    if (!name.startsWith("cell ")) return;
    const address = name.slice(5);
    if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      this.edit(address);
      return;
    }
    if (event.key === " ") { event.preventDefault(); this.select(address); return; }
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    let row = grid.findIndex((cells) => cells.some((cell) => cell.address === address));
    let column = grid[row].findIndex((cell) => cell.address === address);
    for (;;) {
      row += step[0];
      column += step[1];
      const next = grid[row] && grid[row][column];
      if (!next) return;
      if (next.address && next.address !== address) {
        this.select(next.address);
        this.cellNodes.get(next.address).focus();
        return;
      }
    }
  }

  // ---- detail and correction ------------------------------------------------------------------------------------

  edit(address) {
    this.select(address);
    if (this.data.fixed) return;
    const cell = this.cells.get(address);
    this.mode = "edit";
    this.form = { written: cell.beside ?? cell.plain ?? "", reason: "", span: null };
    this.problem = null;
    this.refresh(false);
    const input = this.detail.querySelector("input");
    if (input) { input.focus(); input.select(); }
  }

  paintDetail() {
    const cell = this.cells.get(this.selected);
    const problem = this.problem ? el("p", { class: "problem", role: "alert" }, this.words.unfit + this.problem) : "";
    if (!cell) {
      this.detail.replaceChildren(problem, el("p", { class: "none" }, this.words.choose_cell));
      return;
    }
    const facts = [problem, el("h3", {}, cell.label), el("p", {}, el("b", { class: "big" }, cell.value || "—"), ` ${cell.words}`,
      cell.raw && cell.raw !== cell.value ? `　${this.words.printed} “${cell.raw}”` : "")];
    if (cell.readings.length) facts.push(el("ul", { class: "readings" }, cell.readings.map((text) => el("li", {}, text))));
    if (this.mode === null && !this.data.fixed) facts.push(el("button", { type: "button", "data-name": "edit", onclick: () => this.edit(cell.address) }, this.words.correct));
    else if (this.mode !== null) facts.push(this.editor(cell));
    const key = this.rowOf.get(cell.address);
    if (key) facts.push(this.candidates(key));
    this.detail.replaceChildren(...facts);
  }

  editor(cell) {
    const send = (event) => {
      event.preventDefault();
      this.act("correct", { address: cell.address, written: this.form.written, reason: this.form.reason, span: this.form.span });
    };
    const cancel = () => { this.mode = null; this.refresh(false); this.cellNodes.get(cell.address).focus(); };
    const point = () => { this.mode = this.mode === "point" ? "edit" : "point"; this.refresh(true); };
    const field = (name, word) => el("label", {}, word, el("input", { type: "text", maxlength: 200, value: this.form[name], "data-name": `form ${name}`, autocomplete: "off",
      oninput: (event) => { this.form[name] = event.target.value; if (name === "written") this.form.span = null; } }));
    return el("form", { class: "editor", onsubmit: send, onkeydown: (event) => event.key === "Escape" && cancel() },
      field("written", this.words.right_value), field("reason", this.words.reason), el("p", { class: "hint" }, this.mode === "point" ? this.words.pointing : this.words.edit_hint),
      el("div", { class: "buttons" }, el("button", { type: "submit", class: "primary", "data-name": "save" }, this.words.save),
        this.data.pages && this.view === "page" ? null : el("button", { type: "button", "data-name": "point", "aria-pressed": this.mode === "point", onclick: point }, this.words.point),
        el("button", { type: "button", "data-name": "cancel", onclick: cancel }, this.words.cancel)));
  }

  candidates(key) {
    const row = this.screen.open[key];
    const head = el("tr", {}, row.columns.map((name) => el("th", { scope: "col" }, name)), el("th", { scope: "col" }, this.words.choice));
    const ways = row.candidates.map((way, at) => el("tr", { class: at === row.suggested ? "suggested" : "" }, way.map((value) => el("td", {}, value)),
      el("td", {}, el("button", { type: "button", disabled: this.data.fixed, "data-name": `way ${at}`, "aria-label": `${this.words.take} ${at + 1}：${way.join(" ")}`,
        onclick: () => this.act("choose", { row: key, number: at }) }, at === row.suggested ? `${this.words.take} ★` : this.words.take))));
    const printed = `${row.label}：${this.words.printed} “${row.raw}”。`;
    if (!ways.length) return el("p", {}, printed, this.words.no_ways);
    const words = row.count > row.candidates.length ? `${this.words.ways} ${row.count}（${this.words.first} ${row.candidates.length}）` : `${this.words.ways} ${row.count}`;
    return el("div", { class: "candidates" }, el("p", {}, printed + words),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words }, el("table", {}, el("thead", {}, head), el("tbody", {}, ways))));
  }

  // ---- keeping place over a rebuild -----------------------------------------------------------------------------

  scrolls() { return this.left ? this.panes().map((pane) => (pane ? pane.scrollTop : 0)) : null; }

  panes() { return [this.left, this.source, this.root.querySelector(".findings ol")]; }

  restore(tops) { this.panes().forEach((pane, at) => pane && (pane.scrollTop = tops[at])); }

  focusName() {
    const active = this.root.getRootNode().activeElement;
    return active && active.getAttribute && active.getAttribute("data-name");
  }

  refocus(name) {
    const node = [...this.root.querySelectorAll("[data-name]")].find((one) => one.getAttribute("data-name") === name)
      || (this.selected && this.cellNodes.get(this.selected));
    if (node) node.focus({ preventScroll: true });
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".review");
  if (!SCREENS.has(root)) SCREENS.set(root, new Screen(root));
  SCREENS.get(root).show(component);
}
