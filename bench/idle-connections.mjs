/**
 * A process that keeps connections open and sends nothing more on them: a third has sent nothing, a third half a request, and
 * a third has been used once. It opens each again that the server closes. Its arguments are the port and the number of
 * connections. It sends its parent how many have been accepted and are open, whenever the parent sends a message.
 */
import { connect } from 'node:net';

const [port, count] = process.argv.slice(2).map(Number);
const openings = ['', 'POST /graphql HTTP/1.1\r\nHost: a\r\n', 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'];
/** More connections at the same time than the backlog of the server fill it, and are then retried after a second. */
const OPENING_AT_ONCE = 100;

let open = 0;
let opening = 0;
const waiting = Array.from({ length: count }, (_, index) => index);

const openNext = () => {
  while (opening < OPENING_AT_ONCE && waiting.length > 0) openOne(waiting.shift());
};

const openOne = (index) => {
  opening += 1;
  let isOpen = false;
  const socket = connect(port, '127.0.0.1', () => {
    isOpen = true;
    opening -= 1;
    open += 1;
    socket.write(openings[index % openings.length]);
    openNext();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (isOpen) open -= 1;
    else opening -= 1;
    waiting.push(index);
    setImmediate(openNext);
  });
  socket.resume();
};

openNext();
process.on('message', () => process.send(open));
process.on('disconnect', () => process.exit());
