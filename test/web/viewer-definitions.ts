// What the cluster of the viewer's tests is to run: jobs that fail, write what is hostile or very much, and are called
// so; ten thousand more; and services, one of which cannot start.

/** What a page must show as text, and a browser must never carry out. */
const hostile = [
  '<img src=x onerror="globalThis.wasHacked=1">',
  '"><script>globalThis.wasHacked=1</script>',
  "javascript:globalThis.wasHacked=1//'",
  '\u202Egnp.exe\u202C',
  '{{constructor.constructor("globalThis.wasHacked=1")()}}',
]

export const hostileNames = ['<img src=x onerror=wasHacked=1>', '\u202Egnp-exe', '{{wasHacked=1}} %s $& "']

const yamlText = (text: string) => JSON.stringify(text)

export const shop = `jobs:
  report:
    schedule: "every 2s"
    summary: ${yamlText(hostile.join(' '))}
    actions:
      extract:
        command: ${yamlText(`printf '\\033[31mred\\n'; printf '%s\\n' ${hostile.map((text) => `'${text.replaceAll("'", `'\\''`)}'`).join(' ')}`)}
      left:
        command: "sleep 0.2"
        requires: [extract]
      right:
        command: "sleep 0.4; exit 3"
        requires: [extract]
      load:
        command: "true"
        requires: [left, right]
  hourly:
    schedule: "cron 0 * * * *"
    time_zone: Europe/Rome
    actions:
      work:
        command: "true"
  flood:
    actions:
      work:
        command: "head -c 10000000 /dev/zero | tr '\\\\0' x; echo the end"
  long:
    actions:
      work:
        command: "for i in $(seq 1 600); do echo line $i; sleep 0.1; done"
  steady:
    schedule: "every 1s"
    actions:
      work:
        command: "true"
`

export function many(count: number): string {
  const jobs = Array.from(
    { length: count },
    (_, at) =>
      `  j${at}:\n    schedule: "cron ${at % 60} ${at % 24} * * *"\n    actions:\n      a:\n        command: "true"\n`,
  )
  return `jobs:\n${jobs.join('')}`
}

export const strange = `jobs:\n${hostileNames
  .map((name) => `  ${yamlText(name)}: {actions: {work: {command: "true"}}}\n`)
  .join('')}`

/** Their processes live as long as the file `life`. */
export function services(directory: string): string {
  const life = `(while [ -e ${directory}/life ]; do sleep 0.3; done) </dev/null >/dev/null 2>&1 &`
  return `services:
  shop:
    count: 3
    node: alpha
    command: ${yamlText(`${life} echo $! > %(pid_file)s`)}
    pid_file: ${directory}/shop-%(instance_number)s.pid
    monitor_interval: 1
    restart_delay: 1
  broken:
    count: 1
    command: ${yamlText(`printf '%s\\n' ${yamlText(hostile[0] ?? '')} >&2; exit 1`)}
    pid_file: ${directory}/broken.pid
    monitor_interval: 1
    restart_delay: 3
`
}
