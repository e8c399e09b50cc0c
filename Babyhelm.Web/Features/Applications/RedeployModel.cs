using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>Deploys another image of an application with everything else as it is.</summary>
/// <param name="deploy">The command, for the image given, why, and the release it was typed at.</param>
public sealed class RedeployModel(Func<string, string, int, Task<Result<Deployed>>> deploy)
{
    private string _current = "";
    private int _latest;
    private int _seen;
    private bool _told;

    public string Image { get; private set; } = "";

    /// <summary>Another image is typed than the one that runs.</summary>
    public bool Touched { get; private set; }

    /// <summary>Why it is deployed; empty for no word.</summary>
    public string Message { get; set; } = "";

    public string? Problem { get; private set; }

    public bool Busy { get; private set; }

    /// <summary>The image that runs now; what a person is typing stays.</summary>
    /// <param name="release">The one that made it run.</param>
    public void Follow(string current, int release)
    {
        (_current, _latest) = (current, release);
        if (!Touched) Image = current;
        if (!Touched || _told) _seen = release;
    }

    public void Type(string? image)
    {
        Image = image ?? "";
        Touched = Image != _current;
        if (!Touched) _seen = _latest;
        Problem = null;
    }

    public async Task<Deployed?> SubmitAsync()
    {
        if (Busy) return null;
        Problem = ImageReference.Parse(Image.Trim()).Error?.Message;
        if (Problem is not null) return null;
        Busy = true;
        try
        {
            if (!(await CommandAttempt.ResultAsync(() => deploy(Image.Trim(), Message, _seen))).Ok(out var deployed, out var error))
            {
                Problem = error.Public;
                // Whoever was told and sends it again means to replace what came in between, as far as this page shows it.
                _told |= error.Code == ChangedMeanwhile.CodeOf;
                if (_told) _seen = _latest;
                return null;
            }
            (Touched, Message, _told, _seen) = (false, "", false, deployed.Release);
            return deployed;
        }
        finally
        {
            Busy = false;
        }
    }
}
