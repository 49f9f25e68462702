const MOST_KEPT = 500; // arrays in a cache; when there are as many again, those that were not asked for since go

// The different (k, n) of the students, each with the number of students who have it.
function tally(students) {
  const pairs = new Map();
  for (const { k, n } of students) {
    const key = `${k}/${n}`;
    if (pairs.has(key)) pairs.get(key).count++;
    else pairs.set(key, { k, n, count: 1 });
  }
  return [...pairs.values()];
}

// Populations Beta(a, b), and how well each explains counts. What is computed of a count is kept, so that a drag
// computes only what is new.
class Populations {
  constructor(a, b, lam = a.map((value, i) => value + b[i])) {
    Object.assign(this, { a, b, lam, kept: new Map(), older: new Map() });
  }

  remember(key, compute) {
    let found = this.kept.get(key);
    if (!found) {
      found = this.older.get(key) ?? compute();
      if (this.kept.size >= MOST_KEPT) [this.older, this.kept] = [this.kept, new Map()];
      this.kept.set(key, found);
    }
    return found;
  }

  // log Gamma(value + count) - log Gamma(value) of all populations' a, b or lam. Neighbours often are equal.
  rising(name, count) {
    const values = this[name], start = count ? this.rising(name, 0) : [];
    return this.remember(name + count, () => {
      const found = zeros(values.length);
      for (let i = 0; i < values.length; i++) {
        found[i] = i && values[i] === values[i - 1] ? found[i - 1] : logGamma(values[i] + count) - (start[i] ?? 0);
      }
      return found;
    });
  }

  // log B(a + k, b + n - k) / B(a, b): the probability of one sequence of trials, theta integrated out.
  logSequence(k, n) {
    if (n === 0) return this.remember("none", () => zeros(this.a.length));
    return this.remember(`${k}/${n}`, () => {
      const total = this.rising("lam", n).map((value) => -value);
      for (const values of [k > 0 && this.rising("a", k), k < n && this.rising("b", n - k)]) {
        if (values) for (let i = 0; i < total.length; i++) total[i] += values[i];
      }
      return total;
    });
  }

  // The log likelihood of all students: the sum of their log beta-binomial probabilities.
  logLikelihood(pairs) {
    const total = zeros(this.a.length);
    for (const { k, n, count } of pairs) {
      const sequence = this.logSequence(k, n), constant = logChoose(n, k);
      for (let i = 0; i < total.length; i++) total[i] += count * (constant + sequence[i]);
    }
    return total;
  }
}
