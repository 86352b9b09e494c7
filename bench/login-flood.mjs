/**
 * A worker thread that sends logins on 150 connections of one network, and posts how each was answered. In a thread of its own,
 * it takes no time from the requests that are measured next to it.
 */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { url, emails, password, connections, perSecond, seconds } = workerData;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';

let sent = 0;
const logIn = () =>
  new Promise((resolve) => {
    sent += 1;
    const body = JSON.stringify({ query, variables: { input: { email: emails[sent % emails.length], password } } });
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.7' };
    const startedAt = performance.now();
    const answer = (status, text) => {
      const isLoggedIn = text.includes('"LoginSuccess"');
      resolve({
        isLoggedIn,
        isRefused: status === 503 || text.includes('"RateLimitedError"'),
        ms: performance.now() - startedAt,
      });
    };
    const outgoing = request(url, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => answer(response.statusCode, text));
    });
    outgoing.on('error', () => answer(0, ''));
    outgoing.end(body);
  });

const results = [];
const end = performance.now() + seconds * 1000;
const pauseMs = perSecond === undefined ? 0 : (connections / perSecond) * 1000;
const connection = async (index) => {
  // Spread, so that the connections do not send in one burst.
  await delay((pauseMs * index) / connections);
  while (performance.now() < end) {
    const startedAt = performance.now();
    results.push(await logIn());
    await delay(Math.max(0, startedAt + pauseMs - performance.now()));
  }
};
await Promise.all(Array.from({ length: connections }, (_, index) => connection(index)));
parentPort.postMessage(results);
agent.destroy();
