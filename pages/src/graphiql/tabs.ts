const files = import.meta.glob<string>('../../../schema/operations/{Me,Ask,Sessions,Session,SendMessage,WatchReply,Changes,Keys,Usage}.graphql', {
  query: '?raw', import: 'default', eager: true,
});
const fragments = Object.values(import.meta.glob<string>('../../../schema/operations/fragments/*.graphql', {
  query: '?raw', import: 'default', eager: true,
}));

/** Operations to begin with, each with the fragments that it spreads. */
export const tabs = Object.values(files).map((operation) => {
  const spread = fragments.filter((fragment) => operation.includes(`...${/fragment (\w+)/.exec(fragment)![1]}`));
  return { query: [operation, ...spread].join('\n') };
});
