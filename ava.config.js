export default {
  files: ["test/**/*.test.ts"],
  extensions: ["ts"],
  workerThreads: false,
  timeout: "5m",
  concurrency: 2,
};
