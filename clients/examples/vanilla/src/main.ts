// A chat without a framework: sign in, choose a session, send, watch the reply grow, stop it.
import { createGqlChat, type Messages } from '@gql-chat/client';

const url = new URLSearchParams(location.search).get('server') ?? '/graphql';
const chat = createGqlChat({ url });
const $ = <E extends HTMLElement>(id: string) => document.querySelector<E>(id)!;
const fieldsOf = (form: HTMLFormElement) => Object.fromEntries(new FormData(form)) as Record<string, string>;
const report = (error: unknown) => ($('#error').textContent = String(error));

let sessionId: string | undefined;
let messages: Messages | undefined;
let leave = () => {};

function open(id: string | undefined) {
  leave();
  sessionId = id;
  messages = id ? chat.messages(id) : undefined;
  leave = messages?.subscribe(showMessages) ?? (() => {});
  showMessages();
}

function showMessages() {
  $('#messages').replaceChildren(...(messages?.get().messages ?? []).map(({ role, text, status }) => {
    const item = document.createElement('li');
    [item.className, item.textContent] = [`${role} ${status}`, text];
    return item;
  }));
}

function showSessions() {
  $('#sessions').replaceChildren(...chat.sessions.get().value.sessions.map(({ id, title }) => {
    const item = document.createElement('li');
    [item.textContent, item.onclick] = [title, () => open(id)];
    return item;
  }));
}
chat.sessions.subscribe(showSessions);
showSessions();

function showSignIn() {
  $('main').hidden = !chat.auth.get().signedIn;
  $('#sign-in').hidden = chat.auth.get().signedIn;
}
chat.auth.subscribe(showSignIn);
showSignIn();

$<HTMLFormElement>('#sign-in').onsubmit = (event) => {
  event.preventDefault();
  const { login, password } = fieldsOf(event.target as HTMLFormElement);
  chat.auth.signIn(login!, password!).catch(report);
};
$<HTMLFormElement>('#send').onsubmit = (event) => {
  event.preventDefault();
  const { reply } = chat.send({ text: fieldsOf(event.target as HTMLFormElement)['text']!, sessionId });
  (event.target as HTMLFormElement).reset();
  reply.started.then(({ session }) => session.id === sessionId || open(session.id), report);
};
$('#stop').onclick = () => chat.stop(messages!.get().messages.at(-1)!.id).catch(report);
$('#new').onclick = () => open(undefined);
$('#sign-out').onclick = () => chat.auth.signOut();
