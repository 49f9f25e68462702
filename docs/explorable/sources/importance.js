// The generator xoshiro128** of Blackman and Vigna (2021), seeded by splitmix32.
class Random {
  constructor(seed) {
    this.state = Uint32Array.from({ length: 4 }, () => {
      seed = (seed + 0x9e3779b9) | 0;
      let z = Math.imul(seed ^ (seed >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    });
  }

  integer() {
    const s = this.state, rotate = (x, by) => (x << by) | (x >>> (32 - by));
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0, shifted = s[1] << 9;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  }

  // Uniform on (0, 1), never 0 or 1.
  uniform() {
    return (this.integer() + 0.5) / 2 ** 32;
  }

  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  // log of a Gamma(shape) variable, by Marsaglia and Tsang (2000); a logarithm, because of small shapes.
  logGamma(shape) {
    if (shape < 1) return this.logGamma(shape + 1) + Math.log(this.uniform()) / shape;
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal(), root = 1 + x / Math.sqrt(9 * d);
      if (root <= 0) continue;
      const cube = root ** 3;
      if (Math.log(this.uniform()) < x * x / 2 + d * (1 - cube + Math.log(cube))) return Math.log(d * cube);
    }
  }

  // log theta / (1 - theta) of theta ~ Beta(a, b).
  logOdds(a, b) {
    return this.logGamma(a) - this.logGamma(b);
  }
}

// Populations drawn from the hyperprior.
function drawPopulations(hyperprior, size, random) {
  const a = zeros(size), b = zeros(size);
  for (let i = 0; i < size; i++) ({ a: a[i], b: b[i] } = populationAt(hyperprior, random.uniform(), random.uniform()));
  return new Populations(a, b);
}

// log Binomial(k | n, theta) of each student, a rate theta drawn for each student and particle.
function explicitLogWeights({ a, b }, students, random) {
  const total = zeros(a.length);
  for (const { k, n } of students) {
    const constant = logChoose(n, k);
    for (let i = 0; i < total.length; i++) {
      const odds = random.logOdds(a[i], b[i]), softplus = Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds)));
      total[i] += constant + k * odds - n * softplus;
    }
  }
  return total;
}

// What weighted particles say, each number with its standard error: E[mu], E[lam] and log Z; and their ESS.
function estimate(particles, logWeight) {
  const top = Math.max(...logWeight), weight = logWeight.map((value) => Math.exp(value - top)), size = weight.length;
  let sum = 0, squares = 0;
  for (const w of weight) { sum += w; squares += w * w; }
  const ess = sum * sum / squares;
  const mean = (f) => {
    let value = 0, variance = 0;
    for (let i = 0; i < size; i++) value += weight[i] * f(i) / sum;
    for (let i = 0; i < size; i++) variance += (weight[i] * (f(i) - value) / sum) ** 2;
    return { value, error: Math.sqrt(variance) };
  };
  return {
    ess,
    weight: weight.map((w) => w / sum),
    mu: mean((i) => particles.a[i] / particles.lam[i]),
    lam: mean((i) => particles.lam[i]),
    logZ: { value: top + Math.log(sum / size), error: Math.sqrt(Math.max(0, 1 / ess - 1 / size)) },
  };
}

// One run of importance sampling: the same particles, weighted by both forms of the classroom.
function importance(hyperprior, students, size, seed) {
  const random = new Random(seed), particles = drawPopulations(hyperprior, size, random);
  const marginal = estimate(particles, particles.logLikelihood(tally(students)));
  const explicit = estimate(particles, explicitLogWeights(particles, students, random));
  return { seed, particles, marginal, explicit };
}
