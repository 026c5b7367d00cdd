// A TCP proxy in front of a server, which cuts connections or blocks WebSockets.
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  url: string;
  /** Reset every connection that is open. Returns their number. */
  cut(): number;
  /** Whether requests for a WebSocket are reset, as some companies' networks do. */
  blocksWebSockets: boolean;
  close(): Promise<void>;
}

export async function startProxy(origin: string): Promise<Proxy> {
  const open = new Set<Socket>();
  const target = new URL(origin);
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      if (proxy.blocksWebSockets && /^upgrade: websocket/im.test(data.toString('latin1'))) client.resetAndDestroy();
      else upstream.write(data);
    });
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    blocksWebSockets: false,
    cut() {
      const { size } = open;
      for (const socket of open) socket.resetAndDestroy();
      return size;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      proxy.cut();
    }),
  };
  return proxy;
}

/** Cut every connection at random moments, so often. */
export async function cutAtRandom(proxy: Proxy, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 500));
    if (proxy.cut()) done++;
  }
}
