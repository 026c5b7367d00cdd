import { chat } from '../shared/chat';
import { Outcome } from '../shared/Outcome';
import { useAction } from '../shared/useAction';
import { useStore } from '../shared/useStore';
import { switchLanguage } from '../shared/language';
import { useWords } from '../shared/words';

/** The account: its language, groups and password. */
export function AccountSettings() {
  const words = useWords();
  const { value: user } = useStore(chat.me);
  const group = useAction(async (field) => {
    await chat.me.joinGroup(field('code'));
    return words.done;
  });
  const password = useAction(async (field) => {
    await chat.auth.changePassword(field('current'), field('new'));
    return words.done;
  });
  return (
    <>
      <p>{user?.username} <span className="quiet">{user?.email}</span></p>
      <p><button onClick={switchLanguage}>{words.language}</button> <button onClick={() => void chat.auth.signOut()}>{words.signOut}</button></p>
      <form onSubmit={group.submit}>
        <label>{words.groupCode}<input name="code" required autoComplete="off" /></label>
        <button disabled={group.busy}>{words.join}</button>
        <Outcome outcome={group.outcome} />
        {!!user?.groups.length && <p className="quiet">{user.groups.map(({ name }) => name).join(', ')}</p>}
      </form>
      <form onSubmit={password.submit}>
        <label>{words.currentPassword}<input name="current" type="password" required autoComplete="current-password" /></label>
        <label>{words.newPassword}<input name="new" type="password" required autoComplete="new-password" /></label>
        <button disabled={password.busy}>{words.changePassword}</button>
        <Outcome outcome={password.outcome} />
      </form>
    </>
  );
}
