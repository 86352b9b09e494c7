/** Runs a piece of work and says what it cost this process, server and hashing threads included: a busy machine does not change it. */
export const measureCpu = async <T>(work: () => Promise<T>): Promise<{ result: T; cpuMilliseconds: number }> => {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, cpuMilliseconds: (user + system) / 1000 };
};
