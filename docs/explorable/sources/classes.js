// The course's classes, and the bounds of the hyperpriors that one can choose.
const NAMES = ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"];
const NEWCOMERS = ["Greta", "Hiro", "Ines", "Jonas", "Kaya"];
const MOST_TRIALS = 200;

const named = (counts) => counts.map(([k, n], i) => ({ name: NAMES[i], k, n }));
const CLASSES = {
  A: named([[70, 100], [28, 40], [6, 10], [3, 5], [2, 2], [0, 1]]),
  B: named([[97, 100], [2, 40], [19, 20], [0, 20], [2, 2], [0, 1]]),
  alike: named(Array(6).fill([6, 10])),
};

// Each kind's lower and upper bounds, and those of the course.
const BOUNDS = {
  box: { low: [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 2, 3], high: [5, 7, 10, 15, 20, 30, 50, 70, 100], course: [0.5, 20] },
  mean: { low: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2], high: [3, 5, 10, 20, 50, 100, 200, 500, 1000], course: [0.1, 100] },
};
