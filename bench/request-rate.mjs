/**
 * A worker thread that sends one request over and over on sixteen connections, and posts how many responses a second arrived.
 * In a thread of its own, it takes no time from the server that it measures.
 */
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const CONNECTIONS = 16;
const WARM_UP_SECONDS = 1;

const { url, body = '', seconds, ...options } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

const send = () =>
  new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent }, (response) => {
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`The server responded with ${response.statusCode}.`));
      });
      response.resume();
    });
    sent.on('error', reject);
    sent.end(body);
  });

const responsesWithin = async (duration) => {
  const end = performance.now() + duration * 1000;
  let responses = 0;
  const connection = async () => {
    for (; performance.now() < end; responses += 1) await send();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return responses;
};

await responsesWithin(WARM_UP_SECONDS);
parentPort.postMessage((await responsesWithin(seconds)) / seconds);
agent.destroy();
