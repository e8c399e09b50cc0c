using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox;
using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Core.Sandbox.Shell;
using Babyhelm.Core.Sandbox.Storage;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Sandbox;

/// <summary>The command interpreter of the sandbox's containers.</summary>
public sealed class ShellTests
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private int _exit = -1;

    private async Task<int> RunAsync(string script, string? input = null)
    {
        _output.Clear();
        _error.Clear();
        var (options, time) = (new SandboxOptions(), new ManualTimeProvider());
        var store = new ObjectStore(options, time);
        var registry = new Registry(store, new ServiceAddresses(store), options, time);
        var pod = new PodState(StoredObject.Make(ApiResource.Pods, JsonNode.Parse("""{"metadata":{"name":"web-1","namespace":"a"},"spec":{"containers":[{"name":"web","image":"demo/hello:1"}]} }""")!.AsObject(), 1), registry);
        var run = new ContainerRun(pod, pod.Containers[0], [KeyValuePair.Create("HOME", "/root"), KeyValuePair.Create("GREETING", "hello  world")], code => _exit = code);
        var stdin = new ShellInput();
        if (input is not null) await stdin.WriteAsync(Encoding.UTF8.GetBytes(input), default);
        stdin.Complete();
        var process = new ShellProcess(run, new(store, run, Programs.Names), time, stdin, Into(_output), Into(_error), run.Environment.ToDictionary(), "/", null);
        return await Programs.Locate(process, "sh").Program!(process, input is null ? ["sh", "-c", script, "sh", "first"] : ["sh"], 7, default);
    }

    private static Sink Into(StringBuilder text) => (data, _) =>
    {
        text.Append(Encoding.UTF8.GetString(data.Span));
        return default;
    };

    [Theory]
    [InlineData("echo a; echo b", "a\nb\n", 0)]
    [InlineData("true && echo yes || echo no", "yes\n", 0)]
    [InlineData("false && echo yes || echo no", "no\n", 0)]
    [InlineData("false || false; echo $?", "1\n", 0)]
    [InlineData("echo one # two", "one\n", 0)]
    [InlineData("echo one\n\n  echo two &&\n echo three", "one\ntwo\nthree\n", 0)]
    [InlineData("echo 'a  $HOME' \"b  $HOME\" c\\ d $HOME/x${HOME}", "a  $HOME b  /root c d /root/x/root\n", 0)]
    [InlineData("echo $GREETING; echo \"$GREETING\"; echo $NOTHING; echo \"\"$NOTHING", "hello world\nhello  world\n\n\n", 0)]
    [InlineData("A=1 B='2 3'; echo $A$B; C=4 printenv C; echo $C", "12 3\n4\n\n", 0)]
    [InlineData("X=1; printenv X; export X; printenv X; unset X; printenv X", "1\n", 1)]
    [InlineData("echo $0 $1 $# $2", "sh first 1\n", 0)]
    [InlineData("cd /etc && pwd; cd ..; pwd; cd; pwd; cd /nosuch || pwd", "/etc\n/\n/root\n/root\n", 0)]
    [InlineData("sh -c 'exit 9'; echo $?; exit 5; echo never", "9\n", 5)]
    [InlineData("false; exit", "", 1)]
    [InlineData("exit 300", "", 44)]
    [InlineData("echo gone >/dev/null; echo seen 2> /dev/null", "seen\n", 0)]
    [InlineData("nosuch 2>&1", "sh: nosuch: not found\n", 127)]
    [InlineData("/etc/passwd 2>&1", "sh: /etc/passwd: Permission denied\n", 126)]
    [InlineData("exec echo last; echo never", "last\n", 0)]
    [InlineData("echo -n a; echo -e 'b\\tc'; echo -x", "ab\tc\n-x\n", 0)]
    [InlineData("seq 3; seq 5 6", "1\n2\n3\n5\n6\n", 0)]
    [InlineData("hostname; whoami; id", "web-1\nroot\nuid=0(root) gid=0(root) groups=0(root)\n", 0)]
    [InlineData("date; date +%FT%T; date +%s%%", "Thu Jan  1 00:00:00 UTC 2026\n2026-01-01T00:00:00\n1767225600%\n", 0)]
    [InlineData("cat /etc/hostname ./etc/../etc/hostname", "web-1\nweb-1\n", 0)]
    [InlineData("ls /etc", "group\nhostname\nhosts\nos-release\npasswd\nresolv.conf\n", 0)]
    [InlineData("busybox echo x && /bin/busybox true", "x\n", 0)]
    [InlineData("echo $", "$\n", 0)]
    public async Task Scripts_do_what_a_shell_does(string script, string output, int code)
    {
        Assert.Equal((code, output), (await RunAsync(script), _output.ToString()));
        Assert.True(_error.Length == 0 || code != 0 || script.Contains("/nosuch"), _error.ToString());
    }

    [Theory]
    [InlineData("echo a | cat", "does not know \"|\"", 2)]
    [InlineData("sleep 1 &", "does not know \"&\"", 2)]
    [InlineData("echo $(date)", "does not know \"$(\"", 2)]
    [InlineData("echo `date`", "does not know \"`\"", 2)]
    [InlineData("if true; then echo x; fi", "does not know \"if\"", 2)]
    [InlineData("cat < /etc/hosts", "does not know \"<\"", 2)]
    [InlineData("echo a > /tmp/x", "can't create /tmp/x: Read-only file system", 2)]
    [InlineData("echo 'a", "unterminated quoted string", 2)]
    [InlineData("echo \"a", "unterminated quoted string", 2)]
    [InlineData("echo ${a", "bad substitution", 2)]
    [InlineData("echo a;;", "unexpected \";\"", 2)]
    [InlineData("&& a", "unexpected \"&&\"", 2)]
    [InlineData("a &&", "unexpected end of file", 2)]
    [InlineData("exit x", "Illegal number: x", 2)]
    [InlineData("cd /etc/hosts", "can't cd to /etc/hosts", 2)]
    [InlineData("cat /nosuch", "cat: can't open '/nosuch': No such file or directory", 1)]
    [InlineData("ls /nosuch", "ls: /nosuch: No such file or directory", 1)]
    [InlineData("stty size", "stty: standard input: Not a tty", 1)]
    [InlineData("kill 99", "can't kill pid 99", 1)]
    [InlineData("sleep soon", "sleep: invalid number 'soon'", 1)]
    [InlineData("bash", "sh: bash: not found", 127)]
    public async Task What_it_does_not_know_it_says(string script, string says, int code)
    {
        Assert.Equal(code, await RunAsync(script));
        Assert.Contains(says, _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Commands_of_the_input_share_it_with_what_they_run()
    {
        Assert.Equal(0, await RunAsync("", "echo first\ncat\nnot a command\n"));
        Assert.Equal("first\nnot a command\n", _output.ToString());
        Assert.Equal(4, await RunAsync("", "echo x\nexit 4\necho never\n"));
        Assert.Equal("x\n", _output.ToString());
        Assert.Equal(0, await RunAsync("", "echo no line end"));
        Assert.Equal("no line end\n", _output.ToString());
    }

    [Fact]
    public async Task The_first_process_can_be_ended_but_not_killed()
    {
        Assert.Equal(0, await RunAsync("kill -9 1"));
        Assert.Equal(-1, _exit);
        Assert.Equal(0, await RunAsync("kill 1"));
        Assert.Equal(143, _exit);
    }
}
