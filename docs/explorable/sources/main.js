const REST = 250; // ms without a change, after which the sentences and the second panel follow

const state = {}, sampling = new Sampling(), classButtons = document.querySelectorAll("[data-class]");
let pending, fresh, timer;

// At most one update a frame, however often a slider reports a change.
function redraw() {
  pending ??= requestAnimationFrame(update);
}

function changed() {
  fresh = true;
  redraw();
}

function update() {
  const start = performance.now(), { students, rows, hyperprior, whole, grid } = state;
  pending = null;
  const learned = learn(whole, students), nodes = heavyNodes(learned);
  // First all that asks for sizes, then all that changes them: else the page is laid out again in between.
  const { scrollTop, scrollHeight, clientHeight } = byId("students"), rowOf = (y) => y / scrollHeight * rows.length;
  const from = Math.max(0, rowOf(scrollTop) - 1), to = rowOf(scrollTop + clientHeight) + 2;
  drawMap(byId("map"), hyperprior, grid.logLikelihood(tally(students)), learned.plugIn);
  drawPopulation(byId("population"), populationDensity(nodes, [0.05, 0.95]), learned.plugIn, students);
  Object.assign(state, { learned, nodes, known: {} });
  drawRows(rows.slice(from, to)); // the others at rest
  const { mean, logEvidence } = learned;
  byId("numbers").textContent = `E[μ] ${fixed(mean.mu, 3)} · E[λ] ${short(mean.lam)} · E[a] ${short(mean.a)} · E[b] ${short(mean.b)} · log Z ${fixed(logEvidence, 3)}`;
  performance.measure("update", { start });
  performance.clearMeasures("update"); // an observer has it; the list would grow for ever
  if (fresh) {
    clearTimeout(timer);
    timer = setTimeout(rest, REST);
  } else sampling.draw();
  fresh = false;
}

// Students with the same counts have the same rates, which are computed once.
function drawRows(rows) {
  const { learned, nodes, known } = state;
  for (const row of rows) {
    const { student } = row, { k, n } = student;
    row.rates = known[[k, n]] ??= { raw: k / n, ...shrink(learned, student), interval: rateQuantiles(learned, nodes, student, [0.05, 0.95]) };
    row.draw(row.rates, learned.mean.mu);
  }
}

function rest() {
  drawRows(state.rows);
  byId("summary").textContent = summary();
  byId("map-note").textContent = boundNote();
  sampling.restart(state);
}

function summary() {
  const { rows, learned: { mean } } = state, pull = ({ rates }) => Math.abs(rates.raw - rates.bayes);
  if (!rows.length) return "There is no student: the hyperposterior is the hyperprior.";
  const { student: { name, k, n }, rates } = rows.reduce((best, row) => pull(row) > pull(best) ? row : best);
  return `The population has a mean rate of ${fixed(mean.mu, 3)} and a concentration of ${short(mean.lam)}: students ` +
    `${mean.lam < 2 ? "differ much" : mean.lam < 10 ? "differ" : "are rather alike"}. The counts of ${name}, ${k} of ${n}, are pulled farthest, ` +
    `from ${fixed(rates.raw)} to ${fixed(rates.bayes)}.`;
}

// Says what the answer owes to the bounds: what it would be if they were wider.
function boundNote() {
  const { kind, low, high } = state.hyperprior, wide = { kind, low: low / 2, high: 2 * high };
  const { mean } = learn(wholeRule(wide), state.students);
  return `From ${wide.low} to ${wide.high}, twice as wide at both ends, the hyperprior would give ` +
    `E[μ] ${fixed(mean.mu, 3)} and E[λ] ${short(mean.lam)}.`;
}

function setSlider(id, words) {
  byId(id).setAttribute("aria-valuetext", words);
  byId(id).nextElementSibling.textContent = words;
}

function setHyperprior(kind, low, high) {
  const hyperprior = { kind, low, high };
  Object.assign(state, { hyperprior, whole: wholeRule(hyperprior), grid: mapPopulations(hyperprior) });
  byId(kind).checked = true;
  byId("bounds-of").textContent = kind === "box" ? "a and b" : "λ";
  byId("plug-in-at").textContent = kind === "box" ? "E[a], E[b]" : "E[μ], E[λ]";
  for (const id of ["low", "high"]) {
    const values = BOUNDS[kind][id];
    Object.assign(byId(id), { max: values.length - 1, value: values.indexOf(hyperprior[id]) });
    setSlider(id, hyperprior[id]);
  }
  changed();
}

function setStudents(students, name) {
  for (const button of classButtons) button.setAttribute("aria-pressed", button.dataset.class === name);
  const rows = students.map((student, i) => new StudentRow(student, changed, () => {
    setStudents(students.filter((other) => other !== student));
    (state.rows[i] ?? state.rows[i - 1])?.k.input.focus();
  }));
  Object.assign(state, { students, rows });
  byId("students").replaceChildren(...rows.map(({ node }) => node));
  changed();
}

const choose = (name) => setStudents(CLASSES[name].map((student) => ({ ...student })), name);
for (const button of classButtons) button.onclick = () => choose(button.dataset.class);
for (const kind in BOUNDS) byId(kind).onchange = () => setHyperprior(kind, ...BOUNDS[kind].course);
for (const id of ["low", "high"]) {
  byId(id).oninput = () => {
    const { kind } = state.hyperprior;
    setHyperprior(kind, ...["low", "high"].map((end) => BOUNDS[kind][end][byId(end).value]));
  };
}
byId("add").onclick = () => {
  const { students } = state, name = NEWCOMERS.find((other) => !students.some((student) => student.name === other));
  setStudents([...students, { name: name ?? `student ${students.length + 1}`, k: 4, n: 4 }]);
  state.rows.at(-1).k.input.focus();
};
matchMedia("(prefers-color-scheme: dark)").onchange = redraw;
// A page that embeds this one is told its height, and may say which colours it has: {dark: true} or {dark: false}.
onmessage = ({ data }) => {
  if (data?.dark === undefined) return;
  byId("dark").media = data.dark ? "all" : "not all";
  redraw();
};
new ResizeObserver(() => {
  redraw();
  parent.postMessage({ height: document.body.offsetHeight + 1 }, "*");
}).observe(document.body);

byId("axis").append(...[0, 0.25, 0.5, 0.75, 1].map((at) => element("svg:text", { x: `${100 * at}%`, y: 12 }, at)));
setHyperprior("mean", ...BOUNDS.mean.course);
choose("A");
