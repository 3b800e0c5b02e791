// systemd's units to our YAML: a timer and its service become a job, a service without a timer that
// keeps running becomes a service. Source: systemd.timer(5), systemd.service(5), systemd.exec(5).

import { importedYaml, type ImportedRecord, type ImportResult, type OnRecord } from './imported.ts'
import { commandOf, execKeys } from './import-systemd-exec.ts'
import { systemdCalendar } from './systemd-calendar.ts'
import { readSystemdUnit, settingOf, spanOf, type SystemdUnit } from './systemd-unit.ts'

export type UnitFile = { readonly fileName: string; readonly text: string }

export function importSystemd(
  files: readonly UnitFile[],
  onRecord: OnRecord = () => undefined,
): ImportResult {
  const units = files.map(({ fileName, text }) => readSystemdUnit(fileName.replace(/^.*\//, ''), text))
  const strange = units.find((unit) => !/\.(timer|service)$/.test(unit.fileName))
  if (strange !== undefined)
    return {
      ok: false,
      problem: `Cannot read unit "${strange.fileName}": it is another kind, expected NAME.timer or NAME.service`,
    }
  const services = new Map(
    units.filter((unit) => unit.fileName.endsWith('.service')).map((unit) => [unit.fileName, unit]),
  )
  const timers = units.filter((unit) => unit.fileName.endsWith('.timer'))
  const timed = new Set(timers.map(serviceName))
  const daemons = [...services.values()].filter((unit) => !timed.has(unit.fileName))
  const isDaemon = (unit: SystemdUnit) => settingOf(unit, 'Service.Type') !== 'oneshot'
  return {
    ok: true,
    text: importedYaml(
      {
        from: 'systemd',
        jobs: [
          ...timers.map((timer) => timerJob(timer, services.get(serviceName(timer)))),
          ...daemons.filter((unit) => !isDaemon(unit)).map((unit) => unitJob(unit)),
        ],
        services: daemons.filter(isDaemon).map(daemonService),
      },
      onRecord,
    ),
  }
}

function serviceName(timer: SystemdUnit): string {
  return settingOf(timer, 'Timer.Unit') || timer.fileName.replace(/\.timer$/, '.service')
}

function timerJob(timer: SystemdUnit, service: SystemdUnit | undefined): ImportedRecord {
  const remarks: string[] = []
  const when = scheduleKeys(timer, remarks)
  if (service === undefined) remarks.push(`The unit ${serviceName(timer)} was not given: put its command in.`)
  const body =
    service === undefined
      ? { actions: { run: { command: 'exit 1' } } }
      : execKeys(service, when.days, remarks)
  sayRest(timer, timerSettings, remarks)
  return {
    name: timer.fileName.replace(/\.timer$/, ''),
    remarks,
    keys: {
      summary:
        settingOf(timer, 'Unit.Description') ||
        (service === undefined ? undefined : settingOf(service, 'Unit.Description') || undefined),
      node: 'localhost',
      ...when.keys,
      enabled: service === undefined ? false : undefined,
      overlap: 'skip',
      catch_up: /^(yes|true|on|1)$/i.test(settingOf(timer, 'Timer.Persistent')) ? 'last' : 'none',
      ...body,
    },
  }
}

/** A oneshot service without a timer is run by hand. */
function unitJob(service: SystemdUnit): ImportedRecord {
  const remarks: string[] = ['No timer of it was given: it runs by hand.']
  const body = execKeys(service, null, remarks)
  return {
    name: service.fileName.replace(/\.service$/, ''),
    remarks,
    keys: { summary: settingOf(service, 'Unit.Description') || undefined, node: 'localhost', ...body },
  }
}

const timerSettings =
  'OnCalendar OnBootSec OnStartupSec OnActiveSec OnUnitActiveSec OnUnitInactiveSec Persistent RandomizedDelaySec Unit AccuracySec'

function scheduleKeys(timer: SystemdUnit, remarks: string[]) {
  const schedules: string[] = []
  const zones = new Set<string>()
  let days: readonly number[] | null = null
  const calendars = timer.settings.get('Timer.OnCalendar') ?? []
  for (const text of calendars) {
    const calendar = systemdCalendar(text)
    if (!calendar.ok) {
      remarks.push(`Left out: OnCalendar=${text}, which has no schedule here; see hocket schedule explain.`)
      continue
    }
    if (calendar.days !== null && calendars.length > 1)
      remarks.push(`Left out: the days of the month in OnCalendar=${text}; make it a job of its own.`)
    else if (calendar.days !== null) days = calendar.days
    zones.add(calendar.timeZone ?? '')
    schedules.push(
      calendar.timeZone === null ? calendar.cron : `CRON_TZ=${calendar.timeZone} ${calendar.cron}`,
    )
  }
  for (const setting of ['OnBootSec', 'OnStartupSec', 'OnActiveSec'])
    if (settingOf(timer, `Timer.${setting}`) !== '') {
      schedules.push('@reboot')
      remarks.push(
        `${setting}=${settingOf(timer, `Timer.${setting}`)}: it runs when the agent starts, without the delay.`,
      )
    }
  for (const setting of ['OnUnitActiveSec', 'OnUnitInactiveSec'])
    if (spanOf(timer, `Timer.${setting}`) !== '') {
      schedules.push(`every ${spanOf(timer, `Timer.${setting}`)}`)
      remarks.push(`${setting} counted from the last run; here the slots are counted from a fixed instant.`)
    }
  if (zones.has(''))
    remarks.push("Its times were those of the host's zone; time_zone names it, and without it they are UTC.")
  const delay = spanOf(timer, 'Timer.RandomizedDelaySec')
  const unique = [...new Set(schedules)]
  return {
    days,
    keys: {
      schedule: unique.length === 0 ? undefined : unique.length === 1 ? unique[0] : unique,
      jitter: delay === '' ? undefined : delay,
    },
  }
}

function daemonService(service: SystemdUnit): ImportedRecord {
  const remarks: string[] = []
  const pidFile = settingOf(service, 'Service.PIDFile')
  const isForking = settingOf(service, 'Service.Type') === 'forking'
  const restart = settingOf(service, 'Service.Restart')
  const { actions } = execKeys(service, null, remarks)
  const [action] = Object.values(actions)
  if (Object.keys(actions).length > 1)
    remarks.push('ExecStartPre and ExecStartPost are left out: put them into the command.')
  const stop = settingOf(service, 'Service.ExecStop')
  const delay = spanOf(service, 'Service.RestartSec') || '100ms'
  return {
    name: service.fileName.replace(/\.service$/, ''),
    remarks,
    keys: {
      summary: settingOf(service, 'Unit.Description') || undefined,
      node: 'localhost',
      command: action?.['command'] ?? 'exit 1',
      foreground: isForking ? undefined : true,
      pid_file: pidFile === '' ? (isForking ? '/run/{name}.pid' : undefined) : pidFile,
      restart_delay: restart === '' || restart === 'no' ? undefined : delay,
      stop_command: stop === '' ? undefined : commandOf(stop),
      user: action?.['user'],
      cwd: action?.['cwd'],
      env: action?.['env'],
    },
  }
}

function sayRest(unit: SystemdUnit, known: string, remarks: string[]): void {
  for (const [key, values] of unit.settings) {
    const [section = '', setting = ''] = key.split('.')
    if (section !== 'Timer' || known.split(' ').includes(setting)) continue
    remarks.push(`Left out: ${setting}=${values.join(' ')}`)
  }
}
