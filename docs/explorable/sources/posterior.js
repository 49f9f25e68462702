const ZOOMS = 2; // how often the rule is fitted to where the mass is

// The posterior of the population: a rule fitted to where the mass is, the weights of its nodes, and log Z.
function learn(whole, students) {
  const pairs = tally(students);
  const logPosteriorAt = (rule) => rule.logLikelihood(pairs).map((value, c) => value + rule.logMass[c]);
  let rule = whole;
  for (let zoom = 0; zoom < ZOOMS; zoom++) rule = rule.fitted(logPosteriorAt(rule));
  const logPosterior = logPosteriorAt(rule);
  const top = Math.max(...logPosterior), weight = logPosterior.map((value) => Math.exp(value - top));
  const total = weight.reduce((sum, value) => sum + value, 0);
  for (let c = 0; c < weight.length; c++) weight[c] /= total;
  const average = (f) => weight.reduce((sum, value, c) => sum + value * f(rule.a[c], rule.b[c]), 0);
  const mean = { a: average((a) => a), b: average((a, b) => b) };
  Object.assign(mean, { mu: average((a, b) => a / (a + b)), lam: mean.a + mean.b });
  return { rule, weight, average, mean, logEvidence: top + Math.log(total), plugIn: plugInOf(whole.hyperprior, mean) };
}

// The one population that the course puts in place of the posterior: at E[a], E[b], or at E[mu], E[lam].
function plugInOf({ kind }, mean) {
  return kind === "box" ? { a: mean.a, b: mean.b } : { a: mean.mu * mean.lam, b: (1 - mean.mu) * mean.lam };
}

// A student's rate: E[theta | all counts], and by the plug-in population.
function shrink({ average, plugIn }, { k, n }) {
  return { bayes: average((a, b) => (a + k) / (a + b + n)), plugIn: (plugIn.a + k) / (plugIn.a + plugIn.b + n) };
}
